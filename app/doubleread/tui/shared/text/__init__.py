"""Text that can be read, pointed at and marked."""
