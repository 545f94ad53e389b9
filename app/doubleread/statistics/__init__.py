"""Figures from counts, each with its n and, where there is one, its interval. No files, no screen, no database."""
