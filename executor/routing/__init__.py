"""How an order is worked: plans, passive prices, and the steps of one intent's work. Pure."""
