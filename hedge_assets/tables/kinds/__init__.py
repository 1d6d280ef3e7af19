"""One table is one file of this folder, exporting `TABLE`."""
