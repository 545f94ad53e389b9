"""The user's settings and keys, changed on the screen."""
