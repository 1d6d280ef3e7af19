"""A day of a desk as one document for people outside: the same panels as on the page, a paragraph before them, and how to prove it."""
