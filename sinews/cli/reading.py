"""Commands that read and explain: show, week, doubts, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.cli.words import (
    Json,
    Options,
    ScenarioName,
    print_json,
    print_line,
    print_table,
)

if TYPE_CHECKING:
    from sinews.scenario import Number, Scenario

Maybe = Annotated[
    str | None, typer.Argument(metavar="[SCENARIO]", help="A shipped scenario, or a file's path.")
]
Listing = tuple[Sequence[str], Sequence[Sequence[str]]]


def _number(number: Number) -> str:
    from sinews.analysis.numerals import amount, band

    if number.low is not None and number.high is not None:
        return band(number.low, number.high, number.unit)
    return amount(number.middle, number.unit)


def _amounts(amounts: dict[str, Number]) -> str:
    return ", ".join(f"{name} {_number(number)}" for name, number in amounts.items())


def _powers(s: Scenario) -> Listing:
    rows = [
        (
            name,
            p.title,
            ", ".join(s.faced(name)),
            p.policy,
            _number(p.manpower.reserve),
            _number(p.manpower.pool),
        )
        for name, p in s.powers.items()
    ]
    return ("power", "title", "faces", "policy", "reservists>", "untrained>"), rows


def _aims(s: Scenario) -> Listing:
    from sinews.analysis.aims import aims_of

    rows = [
        (
            name,
            aim.title(s),
            f"{aim.counts:g}",
            aim.each,
            "the scenario" if aim.given else "default: it states none",
        )
        for name in s.powers
        for aim in aims_of(s, name)
    ]
    return ("power", "aim", "counts>", "for each", "by"), rows


def _theatres(s: Scenario) -> Listing:
    rows = [
        (
            name,
            t.title,
            "interior" if t.front is None else f"front at {_number(t.front)} km",
            ", ".join((*t.west, *t.east)) or t.power or "",
            str(len(t.place)),
        )
        for name, t in s.theatres.items()
    ]
    return ("theatre", "title", "kind", "powers", "places>"), rows


def _places(s: Scenario) -> Listing:
    rows = [
        (
            name,
            "" if place.km is None else _number(place.km),
            place.name,
            place.power or theatre.power or "",
            _number(place.people),
            _number(place.fort),
            _amounts(place.industry),
        )
        for name, theatre in s.theatres.items()
        for place in theatre.place
    ]
    return ("theatre", "km>", "place", "home", "people>", "works>", "shares of industry"), rows


def _items(s: Scenario) -> Listing:
    rows = [
        (
            name,
            i.title,
            _number(i.weight),
            _number(i.hours),
            _amounts(i.inputs),
            i.captured_as or "",
        )
        for name, i in s.items.items()
    ]
    return ("item", "title", "weight>", "hours>", "inputs, t", "captured as"), rows


def _links(s: Scenario) -> Listing:
    rows = [(x.name, x.power, _number(x.km), _number(s.trains(x))) for x in s.links]
    return ("link", "power", "km>", "trains a day>"), rows


def _seasons(s: Scenario) -> Listing:
    rows = [
        (
            x.name,
            f"{x.from_.month:02}-{x.from_.day:02}",
            f"{x.until.month:02}-{x.until.day:02}",
            _number(x.pace),
            ", ".join(x.axes) or "all",
        )
        for x in s.seasons
    ]
    return ("season", "from", "until", "pace>", "axes"), rows


def _forces(s: Scenario) -> Listing:
    totals: dict[tuple[str, str], Counter[str]] = {}
    for force in s.forces:
        total = totals.setdefault((force.power, force.theatre), Counter())
        total["men"] += force.men.middle  # pyright: ignore[reportArgumentType]
        for item, number in force.amounts.items():
            total[item] += number.middle  # pyright: ignore[reportArgumentType]
    return _force_lines(totals, ["men", *s.items])


def _force_lines(totals: dict[tuple[str, str], Counter[str]], things: list[str]) -> Listing:
    from sinews.analysis.numerals import amount

    def line(words: tuple[str, str], total: Counter[str]) -> Sequence[str]:
        return (*words, *(amount(total[x], "items") if total[x] else "" for x in things))

    rows = [line(key, total) for key, total in totals.items()]
    for power in dict.fromkeys(power for power, _ in totals):
        whole: Counter[str] = sum((t for (p, _), t in totals.items() if p == power), Counter())
        rows.append(line((power, "in all"), whole))
    return ("power", "theatre", *(f"{x}>" for x in things)), rows


def _options(s: Scenario) -> Listing:
    return ("option", "title", "summary"), [(n, o.title, o.summary) for n, o in s.options.items()]


def _terms(s: Scenario) -> Listing:
    from sinews.scenario.presets import open_terms

    options = {n: open_terms(s, n, s.council) for i in s.agenda for n in i.options}
    rows = [
        (
            name,
            *map(term.text, (term.drafted, term.low, term.high)),
            ", ".join(n for n, terms in options.items() if name in terms),
        )
        for name, term in s.terms.items()
    ]
    return ("term", "drafted>", "low>", "high>", "options"), rows


def _script(s: Scenario) -> Listing:
    rows: list[Sequence[str]] = []
    for name, power in s.powers.items():
        for order in power.script:
            words = [
                order.attack and f"attack {', '.join(order.attack)}",
                order.halt and f"halt {', '.join(order.halt)}",
                order.stance and f"stance {_amounts(order.stance)}",
                order.send and f"send {_amounts(order.send)} men a week",
                order.draft and f"draft {_number(order.draft)}",
                order.evacuate and f"evacuate {_number(order.evacuate)}",
            ]
            what = "; ".join(x for x in words if x)
            rows.append((name, str(order.from_), str(order.until), what))
    return ("power", "from", "until", "orders"), rows


# What `sinews show` can be asked for.
PAGES: dict[str, Callable[[Scenario], Listing]] = {
    "power": _powers,
    "aim": _aims,
    "theatre": _theatres,
    "place": _places,
    "item": _items,
    "link": _links,
    "season": _seasons,
    "force": _forces,
    "script": _script,
    "option": _options,
    "term": _terms,
}


def show(
    scenario: Maybe = None,
    what: Annotated[str | None, typer.Argument(help=f"One of: {', '.join(PAGES)}.")] = None,
    option: Options = None,
    json: Json = False,
) -> None:
    """Show what a scenario says; without one, list the shipped scenarios."""
    if scenario is None:
        _show_library(json)
        return
    from sinews.errors import Mistake, ScenarioError, shown, suggestion
    from sinews.scenario import load

    found = load(scenario, option or ())
    if what is not None and what not in PAGES:
        problem, remedy = "a scenario has no page of that name", suggestion(what, PAGES)
        raise ScenarioError(
            found.name, [Mistake("what", problem, remedy=remedy, value=shown(what))]
        )
    pages = {name: page(found) for name, page in PAGES.items() if what in (None, name)}
    if json:
        print_json({name: _records(*page) for name, page in pages.items()})
        return
    if what is None:
        print_line(f"{found.title}: {found.start} to {found.end}, {found.weeks} weeks")
        print_line(found.summary)
    for name, page in pages.items():
        if page[1] or what:
            print_table(name, *page)


def _show_library(json: bool) -> None:
    from sinews.scenario import library, load

    known = [load(name) for name in library()]
    heads = ("scenario", "title", "start", "weeks>", "options")
    rows = [(s.name, s.title, str(s.start), str(s.weeks), ", ".join(s.options)) for s in known]
    if json:
        print_json(_records(heads, rows))
    else:
        print_table("", heads, rows)


def _records(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    names = [head.removesuffix(">") for head in heads]
    return [dict(zip(names, row, strict=True)) for row in rows]


def week(json: Json = False) -> None:
    """The steps of a week in their order: who reads and who writes what."""
    from sinews.analysis.steps import touched

    rows = touched()
    if json:
        print_json(rows)
        return
    heads = ("step", "writes", "reads")
    print_table(
        "", heads, [(r["step"], ", ".join(r["writes"]), ", ".join(r["reads"])) for r in rows]
    )


def doubts(scenario: Maybe = None, json: Json = False) -> None:
    """The coefficients of the model: default, range, meaning, source; with a scenario, its fit."""
    from sinews.model.coefficients import COEFFICIENTS

    fits, remark = _fits(scenario) if scenario is not None else ({}, "")
    rows: list[dict[str, Any]] = [
        {
            "coefficient": name,
            "default": c.default,
            "low": c.low,
            "high": c.high,
            "unit": c.unit,
            "meaning": c.meaning,
            "source": c.source,
            **({"set": fits.pop(name, None)} if scenario is not None else {}),
        }
        for name, c in COEFFICIENTS.items()
    ]
    rows += [{"coefficient": name, "set": fit} for name, fit in fits.items()]
    if json:
        print_json(rows)
        return
    heads = ["coefficient", "default>", "range>", "unit", "meaning", "source"]
    if scenario is not None:
        heads.insert(3, "in the scenario")
    print_table("", heads, [_doubt(row, scenario is not None) for row in rows])
    if remark:
        print_line(remark)


def _doubt(row: dict[str, Any], fitted: bool) -> list[str]:
    known = "default" in row
    words = [
        row["coefficient"],
        f"{row['default']:g}" if known else "",
        f"{row['low']:g}–{row['high']:g}" if known else "",  # noqa: RUF001
        *(row.get(name, "") for name in ("unit", "meaning", "source")),
    ]
    if fitted:
        fit = row["set"]
        words.insert(
            3, f"{fit['how']}: {', '.join(f'{x:.3g}' for x in fit['values'])}" if fit else ""
        )
    return words


def _fits(scenario: str) -> tuple[dict[str, dict[str, Any]], str]:
    """How the scenario settles numbers: it sets them, gives a range, or they were fitted; and what
    must be known of its posterior."""
    from sinews.scenario import load

    found = load(scenario)
    import numpy as np

    from sinews.engine.posterior import INFORMED, contraction, read_posterior
    from sinews.model.coefficients import COEFFICIENTS

    spans = {name: (c.low, c.high) for name, c in COEFFICIENTS.items()}
    out: dict[str, dict[str, Any]] = {}
    for number in found.numbers():
        name = number.path.removeprefix("coefficient.")
        if number.uncertain:
            spans[number.path] = number.span
            out[name] = {"how": "range", "values": list(number.span)}
        elif name in found.coefficient:
            out[name] = {"how": "set", "values": [number.middle]}
    posterior = read_posterior(found)
    state, used = posterior.state(found), posterior.used(found)
    for name, draws in zip(posterior.names, posterior.draws.T, strict=True):
        if name in used:
            values = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
            known = contraction(float(draws.std()), *spans[name])
            how = "fitted" if known >= INFORMED else "not informed by the fit"
            fit = {"how": f"{how}, 5-50-95 %", "values": values, "posterior": state}
            out[name.removeprefix("coefficient.")] = fit
    return out, posterior.remark(found)


def sources(
    scenario: ScenarioName,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="List every number instead, with where it is from.")
    ] = False,
    option: Options = None,
    json: Json = False,
) -> None:
    """The bibliography of a run: each source, and how many numbers of each kind rest on it."""
    from sinews.scenario import load
    from sinews.scenario.number import KINDS

    found = load(scenario, option or ())
    rows: list[dict[str, Any]]
    if numbers:
        rows = [
            {
                "number": n.path,
                "value": n.value if n.value is not None else [n.low, n.high],
                "unit": n.unit,
                "source": n.source,
                "kind": n.kind,
                "note": n.note,
            }
            for n in found.numbers()
        ]
        table = [
            (r["number"], _number(n), n.unit, n.source, n.kind, n.note)
            for r, n in zip(rows, found.numbers(), strict=True)
        ]
        heads = ("number", "value>", "unit", "source", "kind", "note")
    else:
        counts = Counter((n.source, n.kind) for n in found.numbers())
        rows = [
            {"source": key, "text": text, **{kind: counts[key, kind] for kind in KINDS}}
            for key, text in found.sources.items()
        ]
        table = [(r["source"], r["text"], *(str(r[kind] or "") for kind in KINDS)) for r in rows]
        table.append(("in all", "", *(str(sum(r[kind] for r in rows) or "") for kind in KINDS)))
        heads = ("source", "text", *(f"{kind}>" for kind in KINDS))
    if json:
        print_json(rows)
    else:
        print_table(found.title, heads, table)
