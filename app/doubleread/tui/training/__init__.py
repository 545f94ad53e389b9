"""Training on the reading screen: feedback after each case, the result of a round, and the form for the background."""
