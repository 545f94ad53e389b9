"""What fits on this machine: memory, processors, speed."""
