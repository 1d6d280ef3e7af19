"""What can be wrong beside a single file. One condition is one file: its docstring is its meaning, `CONDITION` its judge."""
