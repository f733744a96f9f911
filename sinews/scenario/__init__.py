"""What a user writes: the language of scenario files, and reading them."""

from sinews.scenario.load import find, library, load, load_all, load_text
from sinews.scenario.number import Number
from sinews.scenario.schema import Scenario

__all__ = ["Number", "Scenario", "find", "library", "load", "load_all", "load_text"]
