"""What an ensemble means: measures, checks, comparisons, pictures."""
