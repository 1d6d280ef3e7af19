"""Dagster's own pages, served so that no other site, and no stranger on this machine, can do anything through them.

Dagster's server has no sign-in, answers to any host name and starts runs for whoever asks, by GET too. Here the same application stands
behind a guard of ours, is read-only unless told otherwise, and listens on loopback only.

__main__ (options, the server) ─▶ guard (who may ask what) ─▶ Dagster's application
"""
