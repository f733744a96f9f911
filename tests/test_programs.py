"""Compiled programs: each is what was traced, whoever put it there; a kept one is the function
again, and a damaged or planted one does no harm. Settings of others change no result."""

import os
import pickle
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import sinews
from sinews.engine import settings, simulate
from sinews.engine.posterior import read_posterior
from sinews.engine.programs import ahead, compiled, folder
from sinews.engine.programs.compiled import program
from sinews.engine.programs.digest import digest
from sinews.errors import ScenarioError
from sinews.model import combat, orders, state, week
from sinews.policies import POLICIES
from sinews.scenario import library, load
from sinews.scenario.compile import compile

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
GIVEN = (np.array([3.0], np.float32), np.ones(4, np.float32))


def doubled(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    """Several kernels, so that one that lost them is found out."""
    return 2.0 * pair[0], jnp.sum(jnp.sort(pair[1]) * jnp.cumsum(pair[1])) / 2.5


def run(function: Any = doubled, given: tuple[np.ndarray, np.ndarray] = GIVEN) -> tuple[float, ...]:
    compiled._MADE.clear()  # as in another process
    first, second = program(function, (given,), (True, True))(given)
    return float(first[0]), float(second)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SINEWS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "_MADE", {})
    monkeypatch.setattr(compiled, "_MAKING", defaultdict(compiled.Lock))
    monkeypatch.setattr(compiled, "_AHEAD", {})
    monkeypatch.setattr(ahead, "_NOTES", {})
    return tmp_path


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compiled and kept, in order."""
    made: list[str] = []
    keep = compiled._write
    monkeypatch.setattr(compiled, "_write", lambda n, p: (made.append(n), keep(n, p)))
    return made


def kept(home: Path) -> list[Path]:
    return sorted(home.glob("program-*"))


def test_a_kept_program_is_read_back_and_a_damaged_one_made_anew(home: Path, compiles: list[str]):
    assert run() == (6.0, 4.0)
    (file,) = kept(home)
    before = file.read_bytes()
    assert run() == (6.0, 4.0) and len(compiles) == 1
    for damaged in (before[: len(before) // 2], before[:-1] + b"?", b""):
        file.write_bytes(damaged)
        assert run() == (6.0, 4.0)
        assert file.stat().st_size > len(before) // 2
    assert len(compiles) == 4
    # Other shapes are another program.
    other = (np.array([3.0, 1.0], np.float32), np.ones(5, np.float32))
    assert run(given=other) == (6.0, 6.0)
    assert len(kept(home)) == 2


def test_a_program_made_again_keeps_its_kernels(home: Path, compiles: list[str]):
    # JAX has a cache of its own in these tests, and what it hands out cannot be written again.
    for _ in range(2):
        assert run() == (6.0, 4.0)
        kept(home)[0].unlink()
    assert run() == run() == (6.0, 4.0) and len(compiles) == 3


def test_a_folder_that_cannot_be_written_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SINEWS_CACHE_DIR", str(tmp_path / "file" / "folder"))
    ahead.foresee("run", "anything")
    assert run() == (6.0, 4.0)


class Plant:
    """What runs code when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_nothing_is_unpickled_that_this_user_did_not_seal(home: Path, tmp_path: Path):
    run()
    (file,) = kept(home)
    (key,) = home.glob("key-*")
    assert key.stat().st_mode & 0o077 == 0 and key.read_bytes() not in file.read_bytes()
    mark = tmp_path / "planted"
    data = pickle.dumps((Plant(mark), None, None))
    guess = folder._seal(b"", file.name, data)
    for planted in (sha256(data).digest() + data, guess + data, data):
        file.write_bytes(planted)
        assert run() == (6.0, 4.0)
    assert not mark.exists()
    # A key that others may read or write, that a link leads to, or that is none, seals nothing: a
    # new one takes its place, and what the old one sealed is made anew.
    secret = key.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(secret)
    elsewhere.chmod(0o600)

    def open_to_all() -> None:
        key.chmod(0o644)

    def linked() -> None:
        key.unlink()
        key.symlink_to(elsewhere)

    def empty() -> None:
        key.write_bytes(b"")

    for spoil in (open_to_all, linked, empty):
        key.write_bytes(secret)
        key.chmod(0o600)
        file.write_bytes(folder._seal(secret.removeprefix(folder._KEY), file.name, data) + data)
        spoil()
        assert run() == (6.0, 4.0) and not mark.exists()
        assert key.read_bytes() != secret and not key.is_symlink()
    # The same seal in the right hands is read: the plant is no accident of this test.
    key.write_bytes(secret)
    key.chmod(0o600)
    file.write_bytes(folder._seal(secret.removeprefix(folder._KEY), file.name, data) + data)
    assert run() == (6.0, 4.0) and mark.exists()


def test_a_program_is_read_under_no_other_name(home: Path, compiles: list[str]):
    def tripled(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        return 3.0 * pair[0], pair[1][0]

    assert run() == (6.0, 4.0)
    (first,) = kept(home)
    assert run(tripled) == (9.0, 1.0)
    (second,) = set(kept(home)) - {first}
    second.write_bytes(first.read_bytes())
    assert run(tripled) == (9.0, 1.0) and len(compiles) == 3


def test_what_was_not_used_for_longest_is_dropped(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folder, "MOST", 1000)
    for age, name in enumerate(("program-new", "taken-old", "program-old", "part-oldest")):
        (home / name).write_bytes(bytes(250))
        os.utime(home / name, (10_000 - age, 10_000 - age))
    (home / "ours").write_bytes(bytes(1000))
    folder.keep_program("program-newest", bytes(300))
    assert {p.name for p in home.iterdir() if not p.name.startswith("key")} == {
        *("program-newest", "program-new", "taken-old", "ours")
    }
    # To be read is to be used.
    os.utime(home / "program-newest", (1, 1))
    assert folder.kept_program("program-newest") == bytes(300)
    folder.keep_program("program-more", bytes(400))
    assert {p.name for p in home.glob("program-*")} == {"program-newest", "program-more"}


def test_what_a_run_took_is_loaded_ahead_the_next_time(home: Path, compiles: list[str]):
    ahead.foresee("run", "peace")
    assert run() == (6.0, 4.0) and not compiled._AHEAD
    (note,) = home.glob("taken-*")
    assert note.read_text() == kept(home)[0].name
    ahead._NOTES.clear()
    ahead.foresee("run", "war")
    assert not compiled._AHEAD
    ahead.foresee("run", "peace")
    (loaded,) = compiled._AHEAD.values()
    assert loaded.result() is not None
    kept(home)[0].unlink()
    assert run() == (6.0, 4.0) and len(compiles) == 1


def test_a_note_that_makes_no_sense_does_no_harm(home: Path):
    ahead.foresee("run", "peace")
    run()
    (note,) = home.glob("taken-*")
    for nonsense in (b"program-gone ../../elsewhere", b"\xff\xfe\x00", b""):
        note.write_bytes(nonsense)
        ahead.foresee("run", "peace")
        assert run() == (6.0, 4.0)


# What a program is


def segment(name: str = "border") -> FunctionType:
    scenario = load(BORDER if name == "border" else name)
    made = simulate._segment(simulate.scenario_week(scenario), ("district",), 7)
    assert isinstance(made, FunctionType)
    return made


def told(words: str) -> str:
    """What another process says, with other hashes of words."""
    code = f"import test_programs as t; print(t.digest({words}))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize("name", ("border", *library()))
def test_the_shipped_week_is_told_without_a_trace(name: str):
    assert digest(segment(name)) is not None
    assert digest(simulate._opening(("district",))) is not None


def test_a_function_is_the_same_in_every_process():
    assert told("t.segment()") == digest(segment())


def test_whatever_of_ours_is_changed_is_another_program(monkeypatch: pytest.MonkeyPatch):
    """Each a change that a user can make; the last leaves all as it was."""
    seen = {digest(segment())}

    def changed(where: Any, name: str, value: Any) -> None:
        with monkeypatch.context() as patch:
            (patch.setitem if isinstance(where, dict) else patch.setattr)(where, name, value)
            seen.add(digest(segment()))

    changed(orders, "_HOME", 2e-3)  # a constant
    changed(week.WEEK, "combat", week.WEEK["supply"])  # a step of ours in another's place
    changed(simulate, "WEEK", {n: s for n, s in week.WEEK.items() if n != "trade"})
    changed(POLICIES, "opportunist", POLICIES["scripted"])
    changed(state.State, "replace", state.State.__eq__)  # a method
    supply = week.WEEK["supply"]
    changed(supply, "__code__", supply.__code__.replace(co_name="other"))  # code that was read
    assert len(seen) == 7 and None not in seen
    assert digest(segment()) in seen


def test_what_is_not_ours_must_be_traced(monkeypatch: pytest.MonkeyPatch):
    def other(*given: Any) -> Any:
        return given[0]

    other.__module__ = "sinews.model.combat"  # as functools.wraps has it
    ours = {n for n, f in vars(combat).items() if getattr(f, "__module__", "") == combat.__name__}
    formula = min(n for n in ours - {"step"} if type(vars(combat)[n]) is FunctionType)
    places: list[tuple[Any, str]] = [
        *((week.WEEK, "combat"), (POLICIES, "opportunist"), (combat, "step")),
        *((combat, formula), (state.State, "replace")),
    ]
    for where, name in places:
        with monkeypatch.context() as patch:
            (patch.setitem if isinstance(where, dict) else patch.setattr)(where, name, other)
            if where is combat and name == "step":
                patch.setitem(week.WEEK, "combat", combat.step)
            assert digest(segment()) is None, name
    assert digest(segment()) is not None


def test_another_function_in_the_place_of_one_is_run(home: Path, compiles: list[str]):
    """In one process and in the next, whatever was edited: each is kept beside the rest."""
    factor, table = 2.0, np.arange(2000.0, dtype=np.float32)

    def scaled(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        return factor * pair[0], jnp.sum(jnp.asarray(table)) + rules["offset"](pair[1])

    rules = {"offset": lambda x: x[0]}
    assert run(scaled) == (6.0, 1999001.0)
    factor = 5.0
    assert run(scaled) == (15.0, 1999001.0)
    table[7] += 2.0
    assert run(scaled) == (15.0, 1999003.0)

    rules["offset"] = lambda x: -x[0]
    assert run(scaled) == (15.0, 1999001.0)
    made = len(compiles)
    assert run(scaled) == (15.0, 1999001.0) and made == len(compiles) == len(kept(home)) == 4


def test_what_calls_back_into_this_process_is_not_kept(home: Path):
    for answer in (7.0, 8.0):

        def asked(pair: tuple[Array, Array], answer: float = answer) -> tuple[Array, Array]:
            told = jax.pure_callback(lambda x: np.float32(answer) + 0 * x, pair[1][0], pair[1][0])
            return pair[0], told

        assert run(asked) == (3.0, answer)
    assert not kept(home)


RIVAL = """
from sinews.model.orders import hold
import jax.numpy as jnp

def peace(state, world, key):
    gone = {n: jnp.zeros_like(getattr(state, n)) for n in ("killed", "captured", "lost")}
    return state.replace(**gone)

def patience(view, rules, key):
    return hold(view, rules)

nothing = 7
"""
OFFERS = """
[sinews.steps]
peace = rival_theory:peace
gone = rival_theory:nowhere
odd = rival_theory:nothing
[sinews.policies]
patience = rival_theory:patience
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody else's package, as pip installs it: a module, and what it offers."""
    there = tmp_path / "site"
    about = there / "rival_theory-1.0.dist-info"
    about.mkdir(parents=True)
    (there / "rival_theory.py").write_text(RIVAL)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rival-theory\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(OFFERS)
    monkeypatch.syspath_prepend(there)
    yield import_module("rival_theory")
    sys.modules.pop("rival_theory")


def written(folder: Path, more: str, policy: str = "opportunist") -> Path:
    path = folder / "border.toml"
    text = BORDER.read_text().replace('policy = "opportunist"', f'policy = "{policy}"', 1)
    path.write_text(f"{text}\n{more}")
    return path


def test_a_rival_theory_is_run_and_leaves_the_shipped_one_alone(
    package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """By name from a file, from Python, or by a patch: the same theory is the same program."""

    def lost(scenario: Path = BORDER, **rival: Any) -> list[float]:
        found = sinews.simulate(scenario, members=4, weeks=10, **rival)
        return found["killed"].sel(quantile=0.5)[-1].values.tolist()

    before = lost()
    assert min(before) > 0.0
    made: list[str] = []
    keep = compiled._write
    monkeypatch.setattr(compiled, "_write", lambda n, p: (made.append(n), keep(n, p)))
    named = written(tmp_path, '[week]\ncombat = "peace"', "patience")
    assert lost(named) == [0.0, 0.0]
    made.clear()
    rival, patience = week.WEEK | {"combat": package.peace}, {"westland": package.patience}
    assert lost(week=rival, policies=patience) == [0.0, 0.0]
    with monkeypatch.context() as patch:
        patch.setattr(simulate, "WEEK", rival)
        assert lost(policies=patience) == [0.0, 0.0]
    assert not made
    assert lost() == before


def test_what_python_gives_prevails_over_the_file(package: Any, tmp_path: Path):
    scenario = load(written(tmp_path, '[week]\ncombat = "peace"', "patience"))
    assert simulate.scenario_week(scenario)["combat"] is package.peace
    supply = week.WEEK["supply"]
    made = simulate.scenario_week(scenario, week.WEEK | {"combat": supply, "after": supply})
    assert made["combat"] is supply and list(made) == [*week.WEEK, "after"]
    without = [name for name in week.WEEK if name != "combat"]
    assert list(simulate.scenario_week(scenario, {"combat": None})) == without
    back = dict(reversed(week.WEEK.items()))
    assert list(simulate.scenario_week(load(BORDER), back)) == list(back)
    with pytest.raises(ScenarioError, match="nobody asks them"):
        simulate.scenario_week(
            scenario, week.WEEK | {"council": supply}, {"ostland": package.patience}
        )
    with pytest.raises(ScenarioError, match='did you mean "ostland"'):
        simulate.scenario_week(scenario, policies={"ustland": package.patience})


def test_some_steps_take_their_places_in_the_shipped_week(package: Any):
    made = simulate.scenario_week(load(BORDER), {"combat": package.peace})
    council = made.pop("council")
    others = {name: step for name, step in week.WEEK.items() if name != "council"}
    assert callable(council) and made == others | {"combat": package.peace}
    made = simulate.scenario_week(load(BORDER), {})
    made.pop("council")
    assert made == others
    assert simulate.scenario_week(load(BORDER), {"combat": "peace"})["combat"] is package.peace


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        (
            {"policies": {"ostland": "clever", "westland": lambda view, rules: None}},
            [
                ("policies.ostland", "nothing has that name"),
                ("policies.westland", "does not take what it is given: too many positional"),
            ],
        ),
        ({"policies": {"ostland": 3}}, [("policies.ostland", "is int, not a function")]),
        ({"policies": ["cautious"]}, [("policies", "is list, not a mapping of names")]),
        ({"week": []}, [("week", "is list, not a mapping of names")]),
        (
            {"week": {"bazaar": None, "combat": 3}},
            [("week.bazaar", "the week has no such step"), ("week.combat", "is int, not a fun")],
        ),
        (
            {"week": week.WEEK | {"combats": lambda state, world, key: state}},
            [("week.combats", "the week has no such step")],
        ),
        (
            {"policies": {"ostland": lambda view, rules, key: None}},
            [("policies.ostland", "returns NoneType, not Orders")],
        ),
        (
            {
                "policies": {
                    "ostland": lambda view, rules, key: replace(
                        orders.hold(view, rules), attack=jnp.ones(9), draft=None
                    )
                }
            },
            [
                ("policies.ostland.attack", "it returns an array of shape (9,)"),
                ("policies.ostland.draft", "it returns NoneType, not an array"),
            ],
        ),
        (
            {"week": {"combat": lambda state, world, key: None}},
            [("week.combat", "returns NoneType, not State")],
        ),
        (
            {"week": {"supply": lambda state, world, key: state.replace(front=jnp.ones(1, int))}},
            [("week.supply.front", "it returns an array of shape (1,) of int32")],
        ),
    ],
)
def test_what_cannot_be_run_is_told_in_words(
    given: dict[str, Any], mistakes: list[tuple[str, str]]
):
    with pytest.raises(ScenarioError) as caught:
        sinews.simulate(BORDER, members=2, weeks=2, **given)
    found = [(mistake.path, mistake.problem) for mistake in caught.value.mistakes]
    assert [path for path, _ in found] == [path for path, _ in mistakes]
    assert all(told.startswith(said) for (_, told), (_, said) in zip(found, mistakes, strict=True))
    assert all(mistake.expected or mistake.remedy for mistake in caught.value.mistakes)


def breeding(state: Any, world: Any, key: Array) -> Any:
    """Combat that makes men from the third week on."""
    return state.replace(men=state.men * (1.0 + 0.1 * (state.week >= 2)))


def dividing(state: Any, world: Any, key: Array) -> Any:
    """Combat that makes nothing a number from the third week on."""
    return state.replace(men=jnp.where(state.week >= 2, jnp.nan, state.men))


def eager(view: Any, rules: Any, key: Array) -> Any:
    """Calls up three times as many as there may be called, from the third week on."""
    return replace(orders.hold(view, rules), draft=jnp.where(view.week >= 2, 3.0, 1.0))


# One power at home: what is compiled is small.
BARE = """
title = "Bare"
start = 1941-06-02
weeks = 6
source = "s"
kind = "story"
[sources]
s = "Made up."
[theatre.home]
power = "a"
[[force]]
power = "a"
theatre = "home"
men = "50 k"
[power.a]
reserve_theatre = "home"
manpower = { pool = "100 k", reserve = "20 k", mobilise = "2 k a week", raise = "2 k a week" }
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.toml"
    path.write_text(BARE)
    return path


def test_what_a_given_step_or_policy_breaks_is_told_with_its_week(bare: Path):
    for given, path in (
        ({"week": {"combat": dividing}}, "week.combat"),
        ({"policies": {"a": eager}}, "policies.a"),
    ):
        with pytest.raises(ScenarioError) as caught:
            sinews.simulate(bare, members=2, weeks=5, **given)
        (mistake,) = caught.value.mistakes
        assert mistake.path == path and mistake.problem.endswith("out of its range in week 3")
    with pytest.warns(UserWarning, match=r"^week.combat: laws .* are broken in week 3: men\."):
        sinews.simulate(bare, members=2, weeks=5, week={"combat": breeding})


def test_a_policy_is_given_by_name(package: Any):
    one, two = (
        sinews.simulate(BORDER, members=4, weeks=10, policies={"westland": given})
        for given in ("patience", package.patience)
    )
    assert one.equals(two)


def test_what_no_package_offers_is_a_mistake(package: Any, tmp_path: Path):
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, '[week]\ncombat = "piece"\nbazaar = "peace"', "patient"))
    assert [(m.path, m.remedy) for m in caught.value.mistakes] == [
        ("power.westland.policy", 'did you mean "patience"?'),
        ("week.combat", 'did you mean "peace"?'),
        ("week.bazaar", "write one of: " + ", ".join(sorted(week.WEEK))),
    ]
    for name, problem in (
        ("gone", "rival_theory:nowhere cannot be imported: module 'rival_theory' has no"),
        ("odd", "rival_theory:nothing is int, not a function"),
    ):
        scenario = load(written(tmp_path, f'[week]\ncombat = "{name}"'))
        with pytest.raises(ScenarioError, match=problem):
            sinews.simulate(scenario, members=4, weeks=2)


# Settings of others

OTHERS = {
    "jax_enable_x64": True,
    "jax_disable_jit": True,
    "jax_debug_nans": True,
    "jax_default_matmul_precision": "bfloat16",
    "jax_default_prng_impl": "rbg",
    "jax_threefry_partitionable": False,
    "jax_numpy_dtype_promotion": "strict",
    "jax_numpy_rank_promotion": "raise",
    "jax_softmax_custom_jvp": True,
    "jax_transfer_guard": "disallow",
}


@contextmanager
def set_by_others() -> Iterator[None]:
    """Another library sets JAX to its liking, for the whole process."""
    before = {name: getattr(jax.config, name) for name in OTHERS}
    try:
        for name, value in OTHERS.items():
            jax.config.update(name, value)
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)


def shipped_text() -> str:
    """The week as it is handed to the compiler."""
    text: list[str] = []
    scenario = load(BORDER)
    arrays = compile(scenario)
    numbers = np.arange(simulate.BLOCK, dtype=np.uint32)
    draws = simulate.drawn(arrays, read_posterior(scenario), 1, numbers)

    def found(known: Any, about: str, lowered: Any, options: Any) -> Any:
        one = lowered().as_text()
        text.append(one.replace(compiled._title(one), ""))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_found", found)
        simulate.weeks_program(arrays, draws, simulate.scenario_week(scenario))
        simulate.opening_program(arrays, draws, 1, numbers)
    return "".join(text)


def test_settings_of_others_change_no_bit(compiles: list[str]):
    plain, numbers = shipped_text(), run()
    simulated = sinews.simulate(BORDER, members=4, weeks=2)
    compiles.clear()
    with set_by_others():
        assert shipped_text() == plain
        assert run() == numbers  # which forgets what this process has
        assert sinews.simulate(BORDER, members=4, weeks=2).identical(simulated)
        assert jax.config.read("jax_enable_x64")  # theirs, as they left it
    assert not compiles


def test_what_cannot_be_stated_is_refused_in_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_autotune_level=0 --xla_cpu_enable_fast_math=true")
    jax.config.update("jax_random_seed_offset", 3)
    try:
        with pytest.raises(ScenarioError) as caught:
            sinews.simulate(BORDER, members=4, weeks=2)
    finally:
        jax.config.update("jax_random_seed_offset", 0)
    assert [m.path for m in caught.value.mistakes] == ["XLA_FLAGS", "jax_random_seed_offset"]
    assert caught.value.mistakes[0].value == "--xla_cpu_enable_fast_math=true"
    monkeypatch.delenv("XLA_FLAGS")

    def none(platform: str) -> Any:
        raise RuntimeError(f"Unknown backend {platform}\nand more")

    monkeypatch.setattr(jax, "devices", none)
    with pytest.raises(ScenarioError, match=r"without the CPU.*: Unknown backend cpu\n"):
        settings.stated()


def alone_in(environment: dict[str, str], code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True
    )


def test_the_command_line_is_deaf_to_the_environment(bare: Path):
    """Even to what JAX itself refuses to start with."""
    others = {"JAX_PLATFORMS": "cuda", "JAX_ENABLE_X64": "perhaps", "XLA_FLAGS": "--nonsense"}
    words = ["run", str(bare), "--members", "4", "--weeks", "2", "--json"]
    done = alone_in(others, f"from sinews.cli import main; main({words})")
    assert done.returncode == 0, done.stderr
    assert '"members": 4' in done.stdout and not done.stderr


FORKED = """
import os, sys, sinews
from sinews.engine.settings import stated
if sys.argv[1:] == ["used"]:
    with stated():
        pass
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
try:
    with stated():
        print("went on", flush=True)
except sinews.errors.ScenarioError as error:
    print(error, flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.parametrize(("used", "says"), (("", "went on"), ("used", "get_context('spawn')")))
def test_a_child_of_a_fork_says_at_once_that_it_would_wait(used: str, says: str):
    done = alone_in({}, FORKED.replace("sys.argv[1:]", repr([used])))
    assert says in done.stdout and done.returncode == 0, done.stderr
