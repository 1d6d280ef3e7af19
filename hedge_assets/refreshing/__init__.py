"""From journals to state files: facts are read and folded, documents built, gated and written, or built again."""
