"""Two local language models answer the same clinical case; physicians read both blind and mark what is made up."""

__version__ = "0.1.0"
