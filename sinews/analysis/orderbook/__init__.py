"""The order book of a seller: filled from a scenario, planned as a linear programme."""
