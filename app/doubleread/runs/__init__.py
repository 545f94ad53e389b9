"""What takes time without a screen: generation, alternative scorers, judging."""
