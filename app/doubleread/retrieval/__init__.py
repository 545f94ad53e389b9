"""Corpora: documents cut into passages, and the search for those that fit a case."""
