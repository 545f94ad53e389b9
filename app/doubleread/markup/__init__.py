"""Markdown with source offsets: which characters of a text are shown, and how they look."""
