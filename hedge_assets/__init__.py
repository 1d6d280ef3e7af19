"""Numbers about the trading process: journals in, states out. Dagster stops at `defs`."""
