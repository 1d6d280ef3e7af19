"""A desk kept elsewhere: everything that cannot be made again from something else, in one file that proves itself."""
