"""The append-only log: append, fold, verify."""
