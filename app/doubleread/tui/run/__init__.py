"""The screen on which answers are generated."""
