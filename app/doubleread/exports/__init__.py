"""Export a study to files: JSON Lines and CSV."""
