"""What a seat has, gains and owes at a turn, number by number, and how each number balances."""
