"""The engine beside the plain ways of doing the same: models of real shape to measure with, the ways, the figures."""
