"""Two columns of the shadow side by side, as documents show them: agreement, causes, money with its error, and a verdict. Pure."""
