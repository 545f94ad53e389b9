"""Annotations made elsewhere: the parsers of their files, and how offsets count in them."""
