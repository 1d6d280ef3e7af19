"""How much: wanted sizes in USD, and how they become quantities a venue takes. Pure."""
