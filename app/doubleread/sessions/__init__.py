"""What happens over time, without a screen."""
