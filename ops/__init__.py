"""What runs a desk beside its two halves: settings, set-up, and the operator page."""
