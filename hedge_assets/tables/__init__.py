"""Tables by day: the journals' facts, and what was made of them, as Parquet that anything can read, with DuckDB over them."""
