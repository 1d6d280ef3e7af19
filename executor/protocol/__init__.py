"""The order protocol: what is proved of each order we sent, and what to ask while it is not. Pure; `docs/live.md` tells it whole."""
