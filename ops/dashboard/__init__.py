"""The operator page: the state of the machine in one line, and everything behind it, right when all else is down."""
