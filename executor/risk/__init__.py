"""What may be risked: rules that refuse, rooms under caps, modes, and the way out that none of them blocks. Pure."""
