"""The policy inputs of the model as arrays, and how a policy changes them.

`Rules` holds what states and markets decide from outside the model: the wedge against every
corridor, the mark-down on migrants' pay, the fee on remittances, and how much capital stays.
A **lever** is a small frozen value with one pure act, rules in, rules out. A **policy** is an
ordered list of levers. Levers compose in order; two levers that *set* the same field of the
same cell to different values contradict each other and are refused.

Levers live in the `levers` module of their subject (`corridors.borders.levers`, ...), each of
which declares a tuple `LEVERS`; `levers()` reads those declarations.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from corridors import areas
from corridors.errors import InputError, Problem, nearest, written
from corridors.labels import SKILLS, STATUSES, Array, Mask
from corridors.parameters import check, field_problems, setting, unknown

__all__ = [
    "DECIDED",
    "HELD",
    "SUBJECTS",
    "Caps",
    "Checked",
    "Corridors",
    "Lever",
    "Policy",
    "Rules",
    "Setter",
    "Setting",
    "Trace",
    "area_mask",
    "build",
    "levers",
    "numbered",
    "residences",
]

Names = str | tuple[str, ...]
Rationing = Literal["fee", "lottery"]

SUBJECTS = ("people", "borders", "wages", "money", "capital")


#: Claims on the number of people of a cell, see `Rules`.
HELD, DECIDED = 1, 2


@dataclass(frozen=True)
class Caps:
    """Sets of cells and how many people may live in each; a cell may lie in several.

    Parameters
    ----------
    cell, cap : (m,) that a cell, its place in (s, b, i, k) laid out in one row, lies in a cap
    limit : (1 or d, c) persons
    """

    cell: NDArray[np.intp]
    cap: NDArray[np.intp]
    limit: Array

    @classmethod
    def none(cls) -> Caps:
        """No cap at all."""
        nowhere = np.zeros(0, dtype=np.intp)
        return cls(nowhere, nowhere, np.zeros((1, 0)))

    def __len__(self) -> int:
        return self.limit.shape[1]

    def mask(self, shape: tuple[int, ...]) -> Mask:
        """Cells (s, b, i, k) that lie in any cap."""
        inside = np.zeros(shape, dtype=bool)
        inside.reshape(-1)[self.cell] = True
        return inside

    def total(self, people: Array) -> Array:
        """Persons (d, c) in every cap, of `people` (d, s, b, i, k): M_c of (16)."""
        added = np.zeros((len(people), len(self)))
        there = people.reshape(len(people), -1)[:, self.cell]
        for row, values in zip(added, there, strict=True):
            np.add.at(row, self.cap, values)
        return added

    def beside(self, sets: NDArray[np.intp], limit: Array) -> Caps:
        """These and one more for every number of `sets` (s, b, i, k), -1 where there is none.

        A cap on the very cells of another takes its place: a cap is changed by setting it anew.

        Parameters
        ----------
        sets : (s, b, i, k) of int
        limit : (1 or d, numbers) persons, Q of (16)
        """
        flat = sets.reshape(-1)
        cell = np.flatnonzero(flat >= 0)
        new = Caps(cell, flat[cell], limit)
        # By sorting: the span of keys is no 64-bit number, at which NumPy 2.0 raises.
        kept = self._only(~np.isin(self._keys(), new._keys(), kind="sort"))
        draws = max(len(kept.limit), len(limit))
        limits = [np.broadcast_to(part, (draws, part.shape[1])) for part in (kept.limit, limit)]
        return Caps(
            np.concatenate([kept.cell, new.cell]),
            np.concatenate([kept.cap, new.cap + len(kept)]),
            np.concatenate(limits, axis=1),
        )

    def without(self, cells: Mask, people: Array) -> Caps:
        """These where the places of `cells` are no longer counted: a cap loses as many as live
        there now, of `people` (d, s, b, i, k) persons, and is gone when it has no other cell; (16).
        """
        inside = cells.reshape(-1)[self.cell]
        if not inside.any():
            return self
        freed = Caps(self.cell[inside], self.cap[inside], self.limit).total(people)
        left = Caps(self.cell[~inside], self.cap[~inside], np.maximum(self.limit - freed, 0.0))
        return left._only(np.isin(np.arange(len(self)), left.cap))

    def _only(self, kept: Mask) -> Caps:
        inside = kept[self.cap]
        number = np.cumsum(kept) - 1
        return Caps(self.cell[inside], number[self.cap[inside]], self.limit[:, kept])

    def _keys(self) -> NDArray[np.uint64]:
        """What tells the set of cells of each cap: the sum of a number for each cell (c,)."""
        keys = np.zeros(len(self), dtype=np.uint64)
        np.add.at(keys, self.cap, _scattered(self.cell))
        return keys


def _scattered(number: NDArray[np.intp]) -> NDArray[np.uint64]:
    """A number of 64 bits for each, as if drawn: the finalizer of splitmix64 (Steele et al. 2014).

    Sums of sets agree by chance once in 2^64.
    """
    mixed = (number.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


@dataclass(frozen=True)
class Rules:
    """Policy inputs. Letters: s skill, b birthplace, i residence, k status; draws may lead.

    Parameters
    ----------
    areas, skills, statuses : tuple of str
        Labels of the axes b and i, s, and k (statuses abroad, without `home`).
    adults : (i,) persons
        Adults now resident: the size that `open_border` takes out of the wedge.
    people : (..., s, b, i, k) persons
        Who lives abroad now.
    output, capital_share : (..., i)
        PPP dollars a year, and alpha, for levers that are stated against them.
    theta : (..., s)
        Elasticity of location choice, which turns odds into wedges.
    legal_share : (...,)
        v, the share of the log wedge that is law, where a lever does not say otherwise.
    log_wedge : (..., s, b, i, k)
        ln tau of equation (1), total wedge against staying; +inf where the corridor is closed.
        It holds law, distance and taste; what scarce places add is the multiplier of a cap.
    empty : (s, b, i, k) bool
        Nobody lives there now, so the wedge is not known and no opening can act on it.
    markdown : (..., i, k)
        mu of equation (4), share of the marginal product the employer keeps.
    efficiency : (..., s, b, i, k)
        q of equation (4), efficiency units per migrant; axes may have length 1.
    caps : Caps
        Q, how many people may live in sets of cells.
    rationing : "fee" or "lottery"
        How capped places are given out.
    fee : (..., b, i)
        c of equation (6), cost of remitting to b from i as a share of the amount sent; i may
        have length 1.
    capital_retained : (..., i)
        Share of the capital stock that stays at unchanged labour; 1 = nothing moves.
    aid : (..., b)
        PPP dollars a year that stayers receive beyond the baseline's income.
    free : (b, i)
        Degree of free movement today, from 0 (whatever the law allows) to 1 (a right to live
        there): the part of the law that is gone already.
    unmet : (...,)
        People who would come were a cap not there, over its places.
    claims : (s, b, i, k) int
        What levers say of the number of people: 0 nothing; `HELD`, nobody more by corridor, because
        a lever drives people out of other statuses there; `DECIDED`, a lever acts on the cell.
    capital : (..., i)
        Capital stock today, PPP dollars, for levers that move some of it.
    capital_market : (..., i)
        Share of the stock that did not leave for the world market; what left is placed there, see
        `corridors.capital.flight.placed`. `capital_retained` counts it as gone.
    capital_owner : (i,) bool
        Whose residents own what moves: both where it leaves and where it comes to.
    home_loss : (..., s, b)
        Log points that living at home is worth less than today, whatever it pays: what drives
        people out raises nobody's welfare.
    natives : (s, b) persons
        Born there, wherever they live: what applicants in a queue are some of.
    """

    areas: tuple[str, ...]
    skills: tuple[str, ...]
    statuses: tuple[str, ...]
    adults: Array
    people: Array
    output: Array
    capital_share: Array
    theta: Array
    legal_share: Array
    log_wedge: Array
    empty: Mask
    markdown: Array
    efficiency: Array
    caps: Caps
    rationing: Rationing
    fee: Array
    capital_retained: Array
    aid: Array
    free: Array
    unmet: Array
    claims: NDArray[np.int8]
    capital: Array = dataclasses.field(default_factory=lambda: np.ones((1, 1)))
    capital_market: Array = dataclasses.field(default_factory=lambda: np.ones((1, 1)))
    capital_owner: Mask = dataclasses.field(default_factory=lambda: np.zeros(1, dtype=bool))
    home_loss: Array = dataclasses.field(default_factory=lambda: np.zeros((1, 1, 1)))
    natives: Array = dataclasses.field(default_factory=lambda: np.zeros((1, 1)))

    def with_(self, **changes: Any) -> Rules:
        """A copy with some fields replaced."""
        return replace(self, **changes)

    @property
    def stock(self) -> Array:
        """Migrants now resident, by residence and status, persons (i, k)."""
        return np.asarray(self.people[0].sum(axis=(0, 1)))

    def claimed(self, cells: Mask, claim: int) -> Rules:
        """The same where `claim` is made on cells; the strongest claim on a cell counts."""
        return self.with_(claims=np.maximum(self.claims, np.int8(claim) * cells))

    def capped(self, sets: NDArray[np.intp], limit: Array) -> Rules:
        """The same with a cap (16) for every number of `sets` (s, b, i, k), -1 where there is none.

        `limit` (1 or d, numbers) is in persons.
        """
        return self.with_(caps=self.caps.beside(sets, limit))

    def persons(self, sets: NDArray[np.intp]) -> Array:
        """Persons now (d, n) in every number of `sets` (s, b, i, k): M0 of (17)."""
        cell = np.flatnonzero(sets.reshape(-1) >= 0)
        number = int(sets.max(initial=-1)) + 1
        return Caps(cell, sets.reshape(-1)[cell], np.zeros((1, number))).total(self.people)

    def settled(self) -> Rules:
        """The same with what is held under caps at today's number, corridor by corridor.

        A place that one origin leaves is not one that another takes: with a cap by residence the
        removed of one origin would crowd out another's.
        """
        held = (self.claims == HELD) & ~self.empty
        if not held.any():
            return self
        sets = numbered(held, (1, 2, 3))
        apart = self.with_(caps=self.caps.without(held, self.people))
        return apart.capped(sets, self.persons(sets))


@dataclass(frozen=True)
class Corridors:
    """Which corridors a lever acts on, each end by a name or several.

    Parameters
    ----------
    birthplace, residence : str or tuple of str
        Areas or groups as `corridors.areas.select` takes them: codes, names, "not ...", "all".
    skill, status : str or tuple of str
        Labels of those dimensions, or "all".
    """

    birthplace: Names = setting(
        "all", unit="areas or groups", help="where people were born", source="a choice of the asker"
    )
    residence: Names = setting(
        "all", unit="areas or groups", help="where people live", source="a choice of the asker"
    )
    skill: Names = setting(
        "all",
        unit="labels",
        help="schooling",
        source="a choice of the asker",
        labels=(*SKILLS, "all"),
    )
    status: Names = setting(
        "all",
        unit="labels",
        help="legal status abroad",
        source="a choice of the asker",
        labels=(*STATUSES[1:], "all"),
    )

    def __post_init__(self) -> None:
        check(self, "corridors")

    def mask(self, rules: Rules) -> Mask:
        """Cells (s, b, i, k) selected, without the diagonal b = i; not to be written to.

        Raises
        ------
        InputError
            An unknown name, or no corridor at all.
        """
        return _selected(self, rules.areas, rules.skills, rules.statuses)

    def pairs(self, rules: Rules) -> Mask:
        """Pairs (b, i) selected, whatever the skill and status."""
        return np.asarray(self.mask(rules).any(axis=(0, 3)))

    def __str__(self) -> str:
        ends = [_written(names) for names in (self.birthplace, self.residence)]
        parts = [_written(names) for names in (self.skill, self.status) if names != "all"]
        return "corridors " + ", ".join([" to ".join(ends), *parts])


@functools.lru_cache(maxsize=64)
def _selected(
    corridors: Corridors, areas: tuple[str, ...], skills: tuple[str, ...], statuses: tuple[str, ...]
) -> Mask:
    """See `Corridors.mask`; the same in every draw."""
    problems: list[Problem] = []
    skill = _labels("skill", corridors.skill, skills, problems)
    birthplace = _areas("birthplace", corridors.birthplace, areas, problems)
    residence = _areas("residence", corridors.residence, areas, problems)
    status = _labels("status", corridors.status, statuses, problems)
    if problems:
        raise InputError(problems)
    abroad = ~np.eye(len(areas), dtype=bool) & birthplace[:, None] & residence
    selected = skill[:, None, None, None] & abroad[:, :, None] & status
    if not selected.any():
        raise InputError(
            Problem(str(corridors), "selects no corridor of this world", "Widen the selection")
        )
    selected.setflags(write=False)
    return selected


def numbered(cells: Mask, axes: tuple[int, ...]) -> NDArray[np.intp]:
    """Sets of cells that agree along some axes, numbered from 0: the caps c of (16).

    Parameters
    ----------
    cells : (s, b, i, k) bool
    axes : tuple of int
        Places in (s, b, i, k) of the axes along which the cells of a set agree.

    Returns
    -------
    Array (s, b, i, k) of int, numbers without unit, -1 outside of `cells`
    """
    at = np.nonzero(cells)
    names = np.ravel_multi_index([at[axis] for axis in axes], [cells.shape[axis] for axis in axes])
    sets = np.full(cells.shape, -1)
    sets[at] = np.unique(names, return_inverse=True)[1]
    return sets


def residences(cells: Mask) -> Mask:
    """Residences and statuses that any of the cells touches: (i, k) bool of (s, b, i, k) bool."""
    return np.asarray(cells.any(axis=(0, 1)))


def area_mask(lever: str, names: Names, rules: Rules) -> Mask:
    """Areas that a lever of areas selects.

    Parameters
    ----------
    lever : str
        Its name, for messages.
    names : str or sequence of str
        Codes, names, groups, as `corridors.areas.select` reads them.
    rules : Rules

    Returns
    -------
    Mask (i,)

    Raises
    ------
    InputError
        An unknown name, or no area of this world.
    """
    problems: list[Problem] = []
    cells = _areas(lever, names, rules.areas, problems)
    if problems:
        raise InputError(problems)
    return cells


def _written(names: Names) -> str:
    return names if isinstance(names, str) else " and ".join(names)


def _areas(axis: str, names: Names, known: Sequence[str], problems: list[Problem]) -> Mask:
    try:
        codes = set(areas.select(names, among=known))
    except InputError as error:
        problems += [
            replace(problem, where=f"{axis} {problem.where}") for problem in error.problems
        ]
        codes = set()
    return np.array([code in codes for code in known])


def _labels(axis: str, names: Names, known: Sequence[str], problems: list[Problem]) -> Mask:
    if names == "all":
        return np.ones(len(known), dtype=bool)
    wanted = (names,) if isinstance(names, str) else names
    for name in wanted:
        if name not in (*known, "all"):
            fix = f"Use {', '.join(nearest(name, [*known, 'all']))}"
            if axis == "status":
                fix += "; a study tells legal statuses apart with statuses = true"
            problems.append(Problem(axis, f"'{name}' is not in this world", fix))
    return np.array([label in wanted or "all" in wanted for label in known])


@dataclass(frozen=True)
class Setting:
    """A lever's demand that `field` equal `value` in the cells of `cells`, whatever it was."""

    field: str
    cells: Mask
    value: float


@dataclass(frozen=True)
class Trace:
    """What one lever touched: cells selected, and how many of them are empty today."""

    lever: str
    cells: int
    empty: int


@runtime_checkable
class Lever(Protocol):
    """A frozen dataclass whose fields are declared by `setting` and whose act is `apply`."""

    name: ClassVar[str]
    title: ClassVar[str]

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Return the changed rules and what was touched."""
        ...


class Checked:
    """A lever whose fields are checked as it is made, by whatever door."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        check(self, self.name)


@runtime_checkable
class Setter(Protocol):
    """A lever that sets values outright; the others scale or add, and compose in any order."""

    name: ClassVar[str]

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """What this lever sets, and where."""
        ...


def levers() -> dict[str, type[Lever]]:
    """Every lever by name, as declared in the `levers` modules of the subjects."""
    declared: dict[str, type[Lever]] = {}
    for subject in SUBJECTS:
        name = f"corridors.{subject}.levers"
        if importlib.util.find_spec(name) is not None:
            declared.update({lever.name: lever for lever in importlib.import_module(name).LEVERS})
    return declared


def build(name: str, values: Mapping[str, Any], where: str = "policy") -> Lever:
    """Make the lever `name` from plain values; ends of corridors are given beside its own fields.

    Raises
    ------
    InputError
        Lists every unknown lever or field (with the nearest) and every value out of range.
    """
    known = levers()
    if name not in known:
        raise InputError(unknown(where, "lever", name, known))
    of_lever = {field.name: field for field in fields(known[name])}  # type: ignore[arg-type]
    end = of_lever.pop("where", None)
    ends = {field.name for field in fields(Corridors)} if end is not None else set()
    problems = [
        unknown(f"{where}.{name}", "field", field, [*of_lever, *sorted(ends)])
        for field in values
        if field not in of_lever and field not in ends
    ]
    own = {field: values[field] for field in of_lever if values.get(field) is not None}
    for field in of_lever:
        if field in values and field not in own:  # null is no value
            about, default = of_lever[field].metadata, of_lever[field].default
            problems += field_problems(f"{where}.{name}.{field}", None, default or 0.0, about)
    try:
        if end is not None:
            # What is not given stays as the lever declares it: a deportation is of the irregular.
            chosen = {field: value for field, value in values.items() if field in ends}
            own["where"] = replace(cast(Corridors, end.default), **chosen)
    except InputError as error:
        problems += _inside(error, "corridors", f"{where}.{name}")
    try:
        lever = known[name](**own)
    except InputError as error:
        problems += _inside(error, name, f"{where}.{name}")
    if problems:
        raise InputError(problems)
    return lever


def _inside(error: InputError, made: str, where: str) -> list[Problem]:
    """The problems of what was made, as those of a part of `where`."""
    return [
        replace(problem, where=where + problem.where.removeprefix(made))
        for problem in error.problems
    ]


@dataclass(frozen=True)
class Policy:
    """An ordered list of levers under a name. The empty policy changes nothing."""

    name: str
    levers: tuple[Lever, ...] = ()

    def __post_init__(self) -> None:
        where = f"policy '{self.name}'"
        if not isinstance(self.levers, list | tuple):
            fix = "Write Policy(name, (lever, ...))"
            raise InputError(Problem(where, f"{written(self.levers)} is no list of levers", fix))
        fix = f"Make one from its class: {', '.join(each.__name__ for each in levers().values())}"
        problems = [
            Problem(where, f"{written(lever)} is no lever", fix)
            for lever in self.levers
            if isinstance(lever, type) or not isinstance(lever, Lever)
        ]
        if problems:
            raise InputError(problems)
        object.__setattr__(self, "levers", tuple(self.levers))

    def apply(self, rules: Rules) -> tuple[Rules, tuple[Trace, ...]]:
        """Apply the levers in order.

        Raises
        ------
        InputError
            Two levers set the same field of the same cell to different values.
        """
        self._refuse_contradictions(rules)
        traces = []
        for lever in self.levers:
            rules, trace = lever.apply(rules)
            traces.append(trace)
        return rules.settled(), tuple(traces)

    def _refuse_contradictions(self, rules: Rules) -> None:
        setters = [lever for lever in self.levers if isinstance(lever, Setter)]
        demands = [(lever.name, demand) for lever in setters for demand in lever.settings(rules)]
        problems = [
            Problem(
                f"policy '{self.name}'",
                f"{first} sets {mine.field} to {mine.value:g} and {second} sets it to "
                f"{other.value:g} in {int((mine.cells & other.cells).sum())} common cells",
                "Make their selections disjoint or give one value",
            )
            for (first, mine), (second, other) in _pairs(demands)
            if mine.field == other.field
            and mine.value != other.value
            and (mine.cells & other.cells).any()
        ]
        if problems:
            raise InputError(problems)


def _pairs(items: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for position, first in enumerate(items):
        for second in items[position + 1 :]:
            yield first, second
