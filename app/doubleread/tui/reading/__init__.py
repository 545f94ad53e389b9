"""The reading screen and its widgets."""
