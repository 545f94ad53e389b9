"""Reading without a screen: lines are printed and read, for screen readers, braille displays and slow connections."""
