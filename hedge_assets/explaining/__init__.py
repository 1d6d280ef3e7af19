"""Why a number is what it is, and what became of a record: the chain from a quote to a state and back, from raw journals."""
