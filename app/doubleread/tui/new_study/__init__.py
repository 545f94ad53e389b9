"""Creating a study in steps, and checking and converting cases alone."""
