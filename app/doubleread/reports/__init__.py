"""What a study has shown, for people to read."""
