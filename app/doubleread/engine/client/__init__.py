"""The program's side of a worker: supervisor and protocol."""
