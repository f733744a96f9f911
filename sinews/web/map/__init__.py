"""The map: sheets and where things lie on them, symbols, labels, and what is drawn."""
