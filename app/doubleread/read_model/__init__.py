"""Every query for display."""
