"""States, one file each: its shape, its pure build function, its checks, pace and deadlines. No dagster."""
