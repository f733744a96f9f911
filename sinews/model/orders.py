"""Orders: what one power decides for the week, and what every policy begins with."""

from dataclasses import dataclass
from math import inf

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.view import Rules, View
from sinews.model.world import which


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Orders:
    """What one power decides for the week."""

    declare: Array  # [power] 1 declare war
    attack: Array  # [axis] 1 attack when supply allows, 0 hold
    goal: Array  # [axis] km, how far offensives are to go
    attend: Array  # [axis] its theatre's men are shared out by
    stand: Array  # [axis] +1 stand fast .. -1 free to withdraw
    send: Array  # [link] men to send; links of other powers are ignored
    draft: Array  # [] share of the largest call-up
    evacuate: Array  # [] share of plant near the front to move this week


RANGES: dict[str, tuple[float, float]] = {
    "declare": (0.0, 1.0),
    "attack": (0.0, 1.0),
    "goal": (-inf, inf),
    "attend": (0.0, inf),
    "stand": (-1.0, 1.0),
    "send": (0.0, inf),
    "draft": (0.0, 1.0),
    "evacuate": (0.0, 1.0),
}
"""Between what each order lies."""


def hold(view: View, rules: Rules) -> Orders:
    """The orders of a power that lets things run: defend, call up, evacuate, feed its fronts.

    A ruthless leader lets nobody withdraw. The men of a theatre go to its axes as `sought`.

    Men are called up for a war, or where one is coming, and at peace as far as what could come over
    a border has grown.

    Men in theatres that call none, less those it wants to keep there, go over its links to those
    that do (it is at war there, gathers for one or is warned of one), most of them a week, shared
    by the believed need: the strength that is `sought` there over its own.
    """
    calls = sought(view, rules)
    return Orders(
        declare=jnp.zeros_like(view.trust),
        attack=jnp.zeros_like(view.front),
        goal=jnp.where(rules.end > 0.0, rules.high, rules.low),
        attend=calls,
        stand=rules.ruthless * jnp.ones_like(view.front),
        send=reinforce(view, rules, calls / (view.strength + 1.0)),
        draft=jnp.minimum(jnp.max(jnp.maximum(view.called, view.alarm), initial=0.0), 1.0),
        evacuate=jnp.ones(()),
    )


def sought(view: View, rules: Rules) -> Array:
    """The strength that a power would have stand on each of its axes [axis], of which the shares
    matter: sqrt(value * strength seen there * mean strength seen).

    So who holds most of value for his men, of fronts each worth v_i * x_i / (x_i + y_i) to him who
    has x_i there against y_i: the best answer is x_i + y_i = k * sqrt(v_i * y_i), and of two who
    answer one another both stand as value is (Friedman, Game-theory models in the allocation of
    advertising expenditures, Operations Research 1958). By value * y_i alone each would follow the
    other to one front until nobody is left on the rest.
    """
    seen = view.strength_seen + 1.0
    return jnp.sqrt(rules.value * seen * jnp.sum(seen) / max(seen.size, 1))


# Men who may not stay on a border, and whom no front calls, leave for the interior.
_HOME = 1e-3


def reinforce(view: View, rules: Rules, need: Array) -> Array:
    """Men to send a week over each link [link]: from where none are called, shared by `need`
    [axis], and between fronts (`shifts`). What stands behind a border that calls goes there and
    nowhere else."""
    fronted = jnp.minimum(jnp.sum(rules.axis_theatre, axis=0), 1.0)
    spare = jnp.maximum(view.men - view.keep, 0.0)
    calls = need * view.called
    toward = rules.link_to @ rules.axis_theatre.T
    behind = rules.link_from @ (rules.backs > 0.0).astype(jnp.float32)
    start = which(rules.link_from)
    called = (rules.backs @ view.called)[start] > 0.0
    to_front = jnp.where(called, (behind * toward) @ calls, toward @ calls)
    from_border = rules.link_from @ fronted
    to_interior = rules.link_to @ (1.0 - fronted)
    ahead = rules.links * (to_front + _HOME * from_border * to_interior)
    rivals = rules.link_from.T @ ahead
    raised = rules.sent * (spare / jnp.maximum(rivals, 1e-6))[start] * ahead
    return raised + shifts(view, rules, need)


def shifts(view: View, rules: Rules, need: Array) -> Array:
    """Men a week over each link between two of its fronts at war [link], to where need is greater:

        shift * men * max(0, 1 - need where it starts / need where it ends)

    So quiet fronts are thinned for an operation and for one in danger, and no more when all need
    alike; of a theatre with several, their mean. The men take their equipment along.
    """
    table = rules.axis_theatre * (view.hostile > 0.0)[:, None]
    fronts = jnp.sum(table, axis=0)
    mean = (table.T @ need) / jnp.maximum(fronts, 1.0)
    here, ahead = rules.link_from @ mean, rules.link_to @ mean
    joins = rules.links * (rules.link_from @ fronts > 0.0) * (rules.link_to @ fronts > 0.0)
    gap = jnp.where(ahead > here, 1.0 - here / jnp.maximum(ahead, 1e-30), 0.0)
    return rules.shift * joins * gap * (rules.link_from @ view.men)
