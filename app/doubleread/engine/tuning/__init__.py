"""What settings make a model fast on this machine: measured, chosen, and kept in records."""
