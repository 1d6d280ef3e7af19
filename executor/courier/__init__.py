"""Carries orders to a real venue and brings back what became of them: one sending, durable first; questions until every fate is proved;
the venue's books held against ours every minute. `docs/live.md` tells the whole of it."""
