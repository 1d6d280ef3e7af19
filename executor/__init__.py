"""The trading process: it trades, and writes down raw facts. It never imports Dagster."""
