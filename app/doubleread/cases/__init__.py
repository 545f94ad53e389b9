"""Case packs: the native JSON Lines format, and one small module for each foreign format."""
