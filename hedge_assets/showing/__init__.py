"""How numbers are shown to people: one vocabulary, one way of drawing for the operator page, reports and Dagster's asset pages."""
