"""Results and reports for people to read."""
