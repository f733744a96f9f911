"""sinews: campaigns and war economies, simulated, with odds."""

__version__ = "0.1.0"
