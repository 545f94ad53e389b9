"""Plots made of characters: pure functions from figures to lines."""
