"""Who decides: every policy is a function View, Rules, key -> Orders.

To add one, write `policies/<name>.py` with a `decide` and give it a line here.
"""

from sinews.model.council import Policy
from sinews.policies import cautious, defensive, opportunist, scripted

POLICIES: dict[str, Policy] = {
    "scripted": scripted.decide,
    "defensive": defensive.decide,
    "cautious": cautious.decide,
    "opportunist": opportunist.decide,
}
