"""State: everything of one campaign that changes from week to week, for one member.

Four parts, told apart by their headings and by the tense of their names: held (nouns),
believed (`_seen`), decided (verb stems), happened (past participles: this week's flows).
Each field's declaration carries its unit, its axes and its meaning, from which the shape
check, the labels of results and the table in docs/model.md are made. The first theatres have an
axis along which a front moves: the axis "axis" runs over those, "theatre" over all. What each item
has a number for runs over armies and contingents alone: an army is a power in a theatre where it
may have forces, a contingent a power on an axis where it stands.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import jax
from jax import Array

# Stages of the delays: mean times are spread over this many equal stages (Erlang).
HOSPITAL, TRAINING, BUILDING = 2, 3, 3


def _quantity(part: str, unit: str, axes: str, meaning: str) -> Any:
    about = {"part": part, "unit": unit, "axes": tuple(axes.split()), "meaning": meaning}
    return field(metadata=about)


def held(unit: str, axes: str, meaning: str) -> Any:
    """A stock that lasts from week to week."""
    return _quantity("held", unit, axes, meaning)


def believed(unit: str, axes: str, meaning: str) -> Any:
    """What a power thinks of others."""
    return _quantity("believed", unit, axes, meaning)


def decided(unit: str, axes: str, meaning: str) -> Any:
    """An order in force."""
    return _quantity("decided", unit, axes, meaning)


def happened(unit: str, axes: str, meaning: str) -> Any:
    """A flow of the week just past."""
    return _quantity("happened", unit, axes, meaning)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """One member's campaign at the end of a week (float32 arrays, `week` an integer)."""

    week: Array = held("weeks", "", "weeks since the start")

    # held: men
    men: Array = held("men", "power theatre", "men in units")
    experience: Array = held("men", "power theatre", "quality of the men, summed over them")
    pocket_men: Array = held("men", "power axis", "men encircled")
    pocket_experience: Array = held("men", "power axis", "quality of the encircled, summed")
    hospital: Array = held("men", "power stage", "wounded, by stage of recovery")
    hospital_experience: Array = held("men", "power stage", "their quality, summed")
    dead: Array = held("men", "power", "killed and missing since the start")
    invalid: Array = held("men", "power", "wounded discharged since the start")
    prisoners: Array = held("men", "captor power", "prisoners held, by their own power")
    reserve: Array = held("men", "power", "trained reservists not yet called up")
    pool: Array = held("men", "power", "men of age not called up")
    occupied: Array = held("men", "power", "men of age behind the enemy's front")
    training: Array = held("men", "power stage", "recruits, by stage of training")
    ready: Array = held("men", "power", "trained men awaiting a unit")
    ready_experience: Array = held("men", "power", "their quality, summed")
    schooling: Array = held("1", "power", "quality of men leaving training")
    labour: Array = held("men", "power sector", "men at work")
    waiting_men: Array = held("men", "link", "men waiting for trains")
    waiting_experience: Array = held("men", "link", "their quality, summed")
    moving_men: Array = held("men", "link age", "men on trains, by weeks still to go")
    moving_experience: Array = held("men", "link age", "their quality, summed")
    # held: equipment
    equipment: Array = held("items", "army item", "equipment in working order")
    workshop: Array = held("items", "army item", "equipment under repair")
    pocket_kit: Array = held("items", "contingent item", "equipment encircled")
    depot: Array = held("items", "power item", "equipment in national depots")
    waiting_kit: Array = held("items", "link item", "equipment waiting for trains")
    moving_kit: Array = held("items", "link age item", "equipment on trains")
    dump: Array = held("t", "power axis good", "munitions and fuel at the front")
    # held: the ground
    front: Array = held("km", "axis", "where the front stands on its axis")
    railhead: Array = held("km", "power axis", "how far each side's railway works")
    dug_in: Array = held("weeks", "axis", "weeks of digging since the front moved")
    days: Array = held("days", "power axis", "days of supply at the front")
    offensive: Array = held("1", "power axis", "an offensive is under way")
    rested: Array = held("weeks", "power axis", "of regrouping that it has in hand there")
    fortune: Array = held("1", "axis", "lasting luck on the west's odds, log")
    owner: Array = held("1", "place power", "whose home a place is")
    lost_share: Array = held("1", "place", "share of a place behind the enemy's front")
    # held: the economy
    plant: Array = held("units/week", "place sector", "capacity at each place")
    building: Array = held("units/week", "power sector stage", "capacity under construction")
    relocating: Array = held("units/week", "power sector stage", "evacuated capacity on its way")
    material: Array = held("t", "power material", "stocks of materials, gold the last of them")
    unmet: Array = held("1", "power", "share of a vital need unmet in the last half-year, fading")
    output: Array = held("items", "power item", "items made, ever (for learning)")
    # held: contracts; a lot is one good of a contract, in items or tonnes
    set_aside: Array = held("goods", "lot", "made or taken for it, not yet shipped")
    shipping: Array = held("goods", "lot way", "on its way, by weeks still to go")
    landed: Array = held("goods", "lot", "arrived, not yet paid for")
    delivered: Array = held("goods", "lot", "handed over and paid for, since the start")
    paid: Array = held("t", "lot tender", "paid for it since the start, less what came back")
    arrears: Array = held("weeks", "lot", "how long goods have lain unpaid")
    lapsed: Array = held("1", "lot", "given up")
    void: Array = held("1", "lot", "given up because of war")
    defaulted: Array = held("1", "lot", "given up because goods lay unpaid")
    # held: agreements
    war: Array = held("1", "power other", "at war with another")
    truce: Array = held("weeks", "power other", "week until which neither may attack")
    outbreak: Array = held("weeks", "power", "week in which it last went to war from peace")
    collapsed: Array = held("1", "power", "has broken, and fights no more")
    bled: Array = held("men", "power", "casualties of the last half-year, fading")
    thin: Array = held("weeks", "power", "how long it has had too few men in units")
    strain: Array = held(
        "1", "power condition", "what raises the hazard that it breaks, or raised it, log"
    )
    engaged: Array = held("1", "power axis", "at war with somebody across it")
    hostile: Array = held("1", "axis", "at war there")
    gathered: Array = held("weeks", "power axis", "for which it has gathered there to begin a war")
    in_force: Array = held("1", "agreement", "in force")
    broken: Array = held("1", "agreement", "ended by a breach")
    demarcated: Array = held("km", "agreement", "length of border marked on the ground")
    odds_signed: Array = held("1", "agreement power", "believed odds when it was signed, log")

    # believed
    strength_seen: Array = believed("men", "power axis", "enemy's strength, men of quality 1")
    doubt_seen: Array = believed("1", "power axis", "variance of that belief, in logs")
    surge_seen: Array = believed("men", "power axis", "enemy's strength that could come by rail")
    gathering_seen: Array = believed("1", "power axis", "somebody is seen to gather for a war")
    first_seen: Array = believed("men", "power axis", "what its garrisons are set against")
    report_seen: Array = believed("men", "power axis", "true strength that reports tell of, late")
    error_seen: Array = believed("1", "power axis", "running error of reports, log")
    kept_seen: Array = believed("1", "power other", "promises kept by another, fading")
    broken_seen: Array = believed("1", "power other", "promises broken by another, fading")

    # decided
    declare: Array = decided("1", "power other", "declare war")
    strike: Array = decided("1", "power axis", "begin a war there by its leader's choice")
    attack: Array = decided("1", "power axis", "attack when supply allows")
    goal: Array = decided("km", "power axis", "how far its offensives are to go")
    attend: Array = decided("1", "power axis", "share of its theatre's men who are on an axis")
    stand: Array = decided("1", "power axis", "+1 stand fast, -1 free to withdraw")
    send: Array = decided("men/week", "link", "men to send over a link")
    draft: Array = decided("1", "power", "share of the largest call-up")
    evacuate: Array = decided("1", "power", "share of plant near the front to move")
    order: Array = decided("goods/week", "lot", "to be made or taken for a contract")

    # happened: men
    born: Array = happened("men", "power", "men come of age")
    reach: Array = happened("men", "power axis", "strength that trains could bring in the warning")
    killed: Array = happened("men", "power axis", "killed and missing")
    wounded: Array = happened("men", "power axis", "wounded")
    sickened: Array = happened("men", "power axis", "fallen sick and evacuated")
    captured: Array = happened("men", "power axis", "taken prisoner by the enemy")
    surrendered: Array = happened("men", "power axis", "went into captivity as their power broke")
    formed: Array = happened("men", "power", "men formed into units")
    ceded: Array = happened("men", "power", "men of age who went to another with their places")
    acceded: Array = happened("men", "power", "men of age who came from another with theirs")
    # happened: equipment
    made: Array = happened("items", "power item", "made")
    received: Array = happened("items", "power item", "come from outside the model")
    seized: Array = happened("items", "power item", "taken from the enemy, usable")
    lost: Array = happened("items", "power item", "destroyed, abandoned or captured")
    issued: Array = happened("t", "power axis good", "munitions and fuel sent to the front")
    spent: Array = happened("t", "power axis good", "fired, burned, or lost with the encircled")
    # happened: the economy
    yielded: Array = happened("t", "power material", "materials made or mined")
    supplied: Array = happened("t", "power material", "materials come from outside")
    used: Array = happened("t", "power material", "materials used")
    lacked: Array = happened("t", "power material", "wanted beyond what stocks and works give")
    # happened: the ground
    intensity: Array = happened("1", "axis", "intensity of the fighting")
    advanced: Array = happened("km", "axis", "eastward movement of the front")
    free_paths: Array = happened("trains", "line", "trains that supplies leave to men and arms")
    spare_trains: Array = happened("trains", "power", "trains left after troops have moved")
    # happened: contracts and agreements
    allotted: Array = happened("goods", "lot", "made or taken for a contract")
    handed: Array = happened("goods", "lot", "handed over and paid for")
    sunk: Array = happened("goods", "lot", "lost on the way")
    returned: Array = happened("goods", "lot", "taken back when it was given up")
    sold: Array = happened("items", "power item", "handed over to a buyer")
    bought: Array = happened("items", "power item", "handed over by a seller")
    sold_material: Array = happened("t", "power material", "handed over to a buyer")
    bought_material: Array = happened("t", "power material", "handed over by a seller")
    paid_out: Array = happened("t", "power material", "paid to others")
    paid_in: Array = happened("t", "power material", "paid by others")
    signed: Array = happened("1", "agreement", "signed")
    called: Array = happened("1", "power other", "called by an ally to war with another")
    joined: Array = happened("1", "power other", "came to an ally's war with another")
    breached: Array = happened("1", "agreement power", "broken by this party")

    def replace(self, **changes: Array) -> "State":
        """The same state with some fields changed."""
        return replace(self, **changes)


def quantities(part: str | None = None) -> dict[str, dict[str, Any]]:
    """State's fields (or those of one part) with part, unit, axes and meaning."""
    about = {f.name: dict(f.metadata) for f in fields(State)}
    return {name: q for name, q in about.items() if part in (None, q["part"])}
