"""The adjudication screen and its widgets."""
