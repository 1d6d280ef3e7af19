"""The only folder that imports dagster. No arithmetic, no thresholds."""
