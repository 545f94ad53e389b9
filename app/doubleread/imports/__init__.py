"""Annotation files of other programs: their parsers, and how offsets count in them."""
