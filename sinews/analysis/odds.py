"""How sure odds are that were counted among so many draws."""


def spread(share: float, draws: int) -> float:
    """Standard error of a share of so many draws; by Laplace's rule, so that "none" is not sure.

    >>> round(spread(0.5, 100), 3), round(spread(0.0, 98), 3)
    (0.05, 0.01)
    """
    guess = (share * draws + 1.0) / (draws + 2.0)
    return (guess * (1.0 - guess) / draws) ** 0.5
