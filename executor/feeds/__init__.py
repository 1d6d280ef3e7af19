"""Markets, one file each. A file exports `FEED`; settings or `--feed` name it (`replay:PATH` hands over the path)."""
