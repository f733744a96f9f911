"""How it runs: luck, members side by side, weeks one after another, labelled results."""
