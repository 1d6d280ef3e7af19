"""Panels, one file each: which states it reads and what it says of them. Pure: documents in, words, numbers and pictures out."""
