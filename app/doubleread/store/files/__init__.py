"""Whole study files: encryption, backups."""
