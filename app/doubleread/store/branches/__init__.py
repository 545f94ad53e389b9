"""Copies of a study that diverged: split, merge, conflicts."""
