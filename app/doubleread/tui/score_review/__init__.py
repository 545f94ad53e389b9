"""The score review screen."""
