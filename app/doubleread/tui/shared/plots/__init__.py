"""Plots made of characters: pure functions from estimates to lines."""
