"""Steps and policies that users give: a mistake in one is told in words, with what was expected."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from inspect import signature
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from sinews.errors import Mistake, ScenarioError, closest, shown, suggestion
from sinews.model.council import Policy
from sinews.model.orders import RANGES, Orders, hold
from sinews.model.state import State, quantities
from sinews.model.view import Rules, View
from sinews.model.week import Step
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.scenario import installed
from sinews.scenario.installed import obtained, offered


@dataclass(frozen=True)
class Kind:
    """What a user may give: a function, or the name of one that is shipped or installed."""

    group: str
    shipped: Mapping[str, Callable[..., Any]]
    takes: tuple[str, ...]
    returns: str

    @property
    def expected(self) -> str:
        """What to write."""
        return f"write a function of {', '.join(self.takes)} that returns {self.returns}"

    def function(self, given: Any, where: str) -> Any:
        """The function that is given or named; ScenarioError where the name's cannot be had."""
        if not isinstance(given, str):
            return given
        return self.shipped.get(given) or obtained(self.group, given, where)

    def mistakes(self, path: str, given: Any) -> Iterator[Mistake]:
        """What is wrong with what is given, before it is called."""
        if isinstance(given, str):
            names = {**self.shipped, **offered(self.group)}
            if given not in names:
                expected, remedy = f"{self.expected}, or its name", suggestion(given, names)
                yield Mistake(path, "nothing has that name", expected, remedy, shown(given))
        elif not callable(given):
            problem = f"is {type(given).__name__}, not a function"
            yield Mistake(path, problem, f"{self.expected}, or its name", "", shown(given))
        else:
            try:
                signature(given).bind(*self.takes)
            except TypeError as error:
                yield Mistake(path, f"does not take what it is given: {error}", self.expected)
            except ValueError:  # some built-in functions do not say what they take
                pass


POLICY = Kind(installed.POLICIES, POLICIES, ("view", "rules", "key"), "Orders")
STEP = Kind(installed.STEPS, {}, ("state", "world", "key"), "a State")


def mapping(name: str, given: Any, example: str) -> list[Mistake]:
    """A mistake unless what is given is a mapping by name."""
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        return []
    problem = f"is {type(given).__name__}, not a mapping of names"
    return [Mistake(name, problem, f"write {example}")]


def whole(week: Any, shipped: Mapping[str, Step]) -> dict[str, Step]:
    """The week that a user means: a mapping of some steps takes their places in the shipped week;
    one that names all is run in its own order, with what it adds. None leaves a step out."""
    named = dict(week) if shipped.keys() <= week.keys() else {**shipped, **week}
    return {name: step for name, step in named.items() if step is not None}


def week_mistakes(week: Any, shipped: Mapping[str, Step]) -> Iterator[Mistake]:
    """What is wrong with a week that a user gives."""
    if found := mapping("week", week, 'steps by name: {"combat": mine.step}'):
        yield from found
        return
    for name, step in week.items():
        added = shipped.keys() <= week.keys() and closest(name, shipped) is None
        if name not in shipped and not added:
            problem = "the week has no such step"
            remedy = suggestion(name, shipped)
            yield Mistake(f"week.{name}", problem, "", remedy)
        elif step is not None:
            yield from STEP.mistakes(f"week.{name}", step)


def policy_mistakes(policies: Any, powers: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with policies that a user gives."""
    if found := mapping("policies", policies, 'policies by power: {"ussr": mine.decide}'):
        yield from found
        return
    for name, policy in policies.items():
        path = f"policies.{name}"
        if name not in powers:
            yield Mistake(path, "no power has that name", "", suggestion(name, powers))
        yield from POLICY.mistakes(path, policy)


def deciding(power: str, decide: Policy, where: str) -> Policy:
    """A policy whose orders are looked at as it is traced: ScenarioError unless they are Orders of
    the right shapes. Orders out of their ranges spoil all of them, so that the results tell."""

    def orders(view: View, rules: Rules, key: Array) -> Orders:
        made, wanted = decide(view, rules, key), jax.eval_shape(hold, view, rules)
        _alike(f"policies.{power}", made, wanted, [f.name for f in fields(Orders)], where)
        each = ((getattr(made, n), low, high) for n, (low, high) in RANGES.items())
        inside = [jnp.all(jnp.isfinite(x) & (x >= low) & (x <= high)) for x, low, high in each]
        fine = jnp.all(jnp.stack(inside))
        return jax.tree.map(lambda x: jnp.where(fine, x, jnp.nan), made)

    return decide if decide in POLICIES.values() else orders


def stepping(name: str, step: Step, where: str) -> Step:
    """A step whose State is looked at as it is traced: ScenarioError unless it is one of the same
    shapes."""

    def after(state: State, world: World, key: Array) -> State:
        made = step(state, world, key)
        _alike(f"week.{name}", made, state, list(quantities()), where)
        return made

    return after


def _alike(path: str, made: Any, wanted: Any, names: list[str], where: str) -> None:
    """Refuse what is not of the type and shapes of what is wanted."""
    # What a step returns is the next week's input; orders of any type of number do.
    kind, typed = type(wanted).__name__, isinstance(wanted, State)
    if not isinstance(made, type(wanted)):
        problem, expected = f"returns {type(made).__name__}, not {kind}", f"return {kind}"
        raise ScenarioError(where, [Mistake(path, problem, expected)])
    wrong = [
        Mistake(f"{path}.{name}", f"it returns {said}", f"it must be {want}")
        for name in names
        if (said := _said(getattr(made, name), typed))
        != (want := _said(getattr(wanted, name), typed))
    ]
    if wrong:
        raise ScenarioError(where, wrong)


def _said(value: Any, typed: bool) -> str:
    """What an array is, in words, with the type of its numbers where that counts."""
    try:
        array = value if hasattr(value, "dtype") else jnp.asarray(value)
    except (TypeError, ValueError):
        return f"{type(value).__name__}, not an array"
    return f"an array of shape {array.shape}" + (f" of {array.dtype}" if typed else "")
