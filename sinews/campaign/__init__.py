"""A played campaign: its log of decisions, the store it is kept in, what its player may know."""
