"""Chance on the road: uniforms that belong to a place and a day, and counts made from them.

What-ifs are compared draw by draw, so a decision must meet the same luck in both worlds however
much else differs. Every uniform is therefore computed from what it decides (draw, place, day,
turn of the day, number within the cell) by the mixing function of SplitMix64 (Steele, Lea and
Flood 2014), never taken in turn from a stream that an earlier decision may have moved on. Only the
key of each place comes from `streams`.

Counts are the inverse distribution at those uniforms: for a few people one uniform each, for many
one uniform per split. A binomial of variance below 6 is inverted exactly; above, by the
Cornish-Fisher expansion with Sheppard's correction, whose distribution is within 0.001 of the
binomial in total variation (measured in tests/laws/test_journeys_luck.py).
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from corridors.labels import Array, Counted, Mask, Streams, Whole

__all__ = [
    "Ladder",
    "Sharing",
    "binomial",
    "cell_keys",
    "choose",
    "day_keys",
    "place_keys",
    "uniform",
]

Keys = NDArray[np.uint64]

#: Up to so many people per option each get a uniform of their own: a split costs as much.
FEW = 6
#: The same where so few draws (`ALONE`) run side by side that calls cost more than people.
FEW_ALONE = 200
ALONE = 4
#: Draws times days from which it pays to load compiled code, about a second.
WORTH_LOADING = 2_000
#: Binomials of at least this variance are inverted by the Cornish-Fisher expansion.
SMOOTH = 6.0
#: Terms that an exact inversion adds up: (mean up to which, how many).
TERMS = ((0.5, 8), (3.0, 18), (np.inf, 40))

#: Numbers of the turns of a day that are not hops, to keep their luck apart.
MORNING, INSIDE, SETTLING, HOMEWARD, DYING, WALKING, GROUPING = range(-7, 0)

#: Odd numbers that keep the parts of a key apart before they are mixed.
DAILY, NUMBER, TURN = 0xD1342543DE82EF95, 0xAF251AF3B0F025B5, 0xB564EF22EC7AECE5
#: Increment, multipliers and shifts of SplitMix64; the last shift leaves the 53 bits of a uniform.
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
BY_30, BY_27, BY_31, BY_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def place_keys(names: Sequence[str], streams: Streams) -> Keys:
    """One key a place, (place,) of 64 bits, whatever the order of the places."""
    keys = [streams(f"journeys {name}").integers(2**64, dtype=np.uint64) for name in names]
    return np.array(keys, dtype=np.uint64)


def day_keys(keys: Keys, day: int) -> Keys:
    """Keys (...) of places or spots on a day, from their keys (...) of 64 bits."""
    return keys + _times(day + 1, DAILY)


def cell_keys(keys: Keys, number: Whole, turn: int) -> Keys:
    """Keys of cells, from the keys of their places, a whole number and the turn of the day.

    Parameters
    ----------
    keys, number : (cell,)
    turn : int

    Returns
    -------
    Keys (cell,), 64 bits, mixed by SplitMix64 (Steele, Lea & Flood 2014)
    """
    return _mixed(keys + _times(number, NUMBER) + _times(turn, TURN))


def uniform(keys: Keys, number: Whole | int) -> Array:
    """The uniforms of given numbers in cells, by SplitMix64 (Steele, Lea & Flood 2014).

    Parameters
    ----------
    keys : (cell,)
    number : (cell,) or int

    Returns
    -------
    Array (cell,), without unit, in [0, 1) on a grid of 2^-53
    """
    bits = _mixed(keys + _times(number, GOLDEN))
    bits >>= BY_11
    return bits.astype(np.float64) * 2.0**-53


def _times(part: Whole | int, factor: int) -> Keys | np.uint64:
    if isinstance(part, int):  # NumPy warns when a single number wraps around, as this one should
        return np.uint64(part * factor % 2**64)
    return part.view(np.uint64) * np.uint64(factor)


def _mixed(bits: Keys) -> Keys:
    """`bits` mixed in place."""
    bits ^= bits >> BY_30
    bits *= FIRST
    bits ^= bits >> BY_27
    bits *= SECOND
    bits ^= bits >> BY_31
    return bits


def binomial(persons: Whole, share: Array, luck: Array) -> Whole:
    """How many people do what each does with probability `share`, at uniforms `luck`.

    Parameters
    ----------
    persons : (cell,) whole numbers
    share : (cell,) probability, between 0 and 1
    luck : (cell,) uniforms, in [0, 1)

    Returns
    -------
    (cell,) persons, from 0 to all, not falling in `luck`

    Notes
    -----
    The inverse distribution; from a variance of 6 on by Cornish & Fisher's (1937) expansion.
    """
    often = share > 0.5
    rare = np.where(often, 1.0 - share, share)
    luck = np.where(often, 1.0 - luck, luck)
    variance = persons * rare * (1.0 - rare)
    many = (variance >= SMOOTH).nonzero()[0]
    if many.size == persons.size:
        count = _expansion(persons, rare, variance, luck)
    else:
        count = np.zeros(persons.shape, dtype=np.int64)
        few = (variance < SMOOTH).nonzero()[0]
        count[few] = _table(persons[few], rare[few], luck[few])
        if many.size:
            count[many] = _expansion(persons[many], rare[many], variance[many], luck[many])
    return np.where(often, persons - count, count)


def _expansion(persons: Whole, share: Array, variance: Array, luck: Array) -> Whole:
    """Cornish-Fisher quantile of the third order, rounded."""
    z = special.ndtri(np.clip(luck, 1e-300, 1.0 - 1e-16))
    # Rounding adds 1/12 to the variance and takes 1/120 from the fourth cumulant (Sheppard).
    spread = np.sqrt(variance - 1.0 / 12.0)
    skew = variance * (1.0 - 2.0 * share) / spread**3
    kurtosis = (variance * (1.0 - 6.0 * share * (1.0 - share)) + 1.0 / 120.0) / spread**4
    bend = skew * (z * z - 1.0) / 6.0
    tail = z * (kurtosis * (z * z - 3.0) / 24.0 - skew * skew * (2.0 * z * z - 5.0) / 36.0)
    count = np.floor(persons * share + spread * (z + bend + tail) + 0.5)
    return np.clip(count, 0, persons).astype(np.int64)


def _table(persons: Whole, share: Array, luck: Array) -> Whole:
    """Exact quantile: the distribution is added up until it passes `luck`."""
    count = np.zeros(persons.shape, dtype=np.int64)
    none = np.exp(persons * np.log1p(-share))
    more = (luck > none).nonzero()[0]
    mean = (persons * share)[more]
    below = -1.0
    for above, terms in TERMS:
        at = more[(mean > below) & (mean <= above)]
        below = above
        if not at.size:
            continue
        n, odds = persons[at, None], (share[at] / (1.0 - share[at]))[:, None]
        k = np.arange(1, terms + 1)
        ratio = np.maximum(n - k + 1, 0) * odds / k
        reached = none[at, None] * (1.0 + np.cumsum(np.cumprod(ratio, axis=1), axis=1))
        count[at] = 1 + (luck[at, None] > reached).sum(axis=1)
    return np.minimum(count, persons)


@dataclass(frozen=True)
class Sharing:
    """How people are shared out over options.

    Parameters
    ----------
    few : up to so many people per option each get a uniform of their own; another number gives
        other luck
    compiled : whether by `journeys.compiled`, which gives the same counts as the arrays here
    """

    few: int = FEW
    compiled: bool = False

    @classmethod
    def of(cls, draws: int, days: int) -> Sharing:
        """The cheapest way for a run of so many draws and days."""
        worth = draws * days >= WORTH_LOADING or "numba" in sys.modules
        here = importlib.util.find_spec("numba") is not None
        return cls(FEW if draws > ALONE else FEW_ALONE, compiled=worth and here)


class Ladder:
    """Options of several groups (places) in several rows (draws), and the share of each.

    Parameters
    ----------
    rungs : (row, option + 1) running sum of the shares, which add to 1 in each group; the last
        option of a group is to stay
    """

    def __init__(self, rungs: Array, sharing: Sharing) -> None:
        # Row above row, so that one search finds the row, the group and the option.
        lift = np.arange(len(rungs)) * (np.ceil(rungs[0, -1]) + 1.0)
        self.rungs = (rungs + lift[:, None]).ravel()
        self.sharing = sharing


def choose(
    persons: Counted,
    first: Whole,
    last: Whole,
    ladder: Ladder,
    keys: Keys | None,
    *,
    can_stay: bool = True,
) -> tuple[Counted, Whole, Whole, Counted]:
    """Split the people of cells over the options of their groups.

    Parameters
    ----------
    persons : (cell,) whole numbers; any number where `keys` is None
    first, last : (cell,) rung where the options of the cell begin and end
    ladder : Ladder
        Probabilities added up, (rung,).
    keys : (cell,) luck of the cells, or None for the expected split
    can_stay : whether the last option of each cell is to stay

    Returns
    -------
    stay : (cell,) persons; nothing where nobody can stay
    cell, rung, persons : (split,) of every other split that is not empty; the rung is the option's

    Notes
    -----
    Uniforms by SplitMix64 (Steele, Lea & Flood 2014), counts as `binomial`.
    """
    sharing = ladder.sharing
    if keys is not None and sharing.compiled:
        from corridors.journeys import compiled

        options = (persons, first, last, ladder.rungs, sharing.few)
        return compiled.choose(*options, keys, can_stay)
    width = int((last - first).max(initial=1))
    start = np.arange(persons.size) * width
    if keys is None:
        rung = np.minimum(first[:, None] + np.arange(width + 1), last[:, None])
        counts: Counted = (persons[:, None] * np.diff(ladder.rungs[rung], axis=1)).ravel()
    else:
        counts = np.zeros(persons.size * width, dtype=np.int64)
        _share_out(counts, _Cells(keys, persons, first, last, width, ladder))
    stay = counts[:0]
    if can_stay:
        at = start + (last - first - 1)
        stay = counts[at]
        counts[at] = 0
    chosen = counts.nonzero()[0]
    cell = chosen // width
    return stay, cell, chosen - start[cell] + first[cell], counts[chosen]


@dataclass(frozen=True)
class _Groups:
    """People of cells not yet told apart beyond the options from `first` to before `last`."""

    cell: Whole
    number: Whole
    first: Whole
    last: Whole

    def take(self, rows: Whole | Mask) -> _Groups:
        return _Groups(self.cell[rows], self.number[rows], self.first[rows], self.last[rows])


@dataclass(frozen=True)
class _Cells:
    """What the groups of one call share.

    Parameters
    ----------
    keys, persons : (cell,) luck and people
    begin, end : (cell,) rung of the first option, and after the last
    width : the most options of a cell
    """

    keys: Keys
    persons: Whole
    begin: Whole
    end: Whole
    width: int
    ladder: Ladder


def _share_out(counts: Whole, cells: _Cells) -> None:
    """Add up what everybody chooses: large groups are halved, small ones told apart.

    Parameters
    ----------
    counts : (cell * width,) persons by option, added to
    """
    few = cells.ladder.sharing.few
    groups = _Groups(np.arange(cells.persons.size), cells.persons, cells.begin, cells.end)
    small = groups.number <= few * (groups.last - groups.first)
    if small.all():
        _tell_apart(counts, groups, cells)
        return
    _tell_apart(counts, groups.take(small.nonzero()[0]), cells)
    groups = groups.take((~small).nonzero()[0])
    groups = _parted(groups, groups.last - 1, cells)  # who leaves, and who stays
    while groups.cell.size:
        left = groups.last - groups.first
        single = (left == 1).nonzero()[0]
        some = groups.take(single)
        column = some.first - cells.begin[some.cell]
        counts[some.cell * cells.width + column] += some.number
        small = (left > 1) & (groups.number <= few * left)
        _tell_apart(counts, groups.take(small.nonzero()[0]), cells)
        groups = groups.take(((left > 1) & ~small).nonzero()[0])
        groups = _parted(groups, (groups.first + groups.last) >> 1, cells)


def _parted(groups: _Groups, middle: Whole, cells: _Cells) -> _Groups:
    """Two groups for each: those who take an option before `middle`, and the others."""
    if not groups.cell.size:
        return groups
    cell, first, last = groups.cell, groups.first, groups.last
    bottom, half, top = (cells.ladder.rungs[at] for at in (first, middle, last))
    share = (half - bottom) / np.where(top > bottom, top - bottom, 1.0)
    node = ((first - cells.begin[cell]) << 32) - (last - first)
    left = binomial(groups.number, share, uniform(cells.keys[cell], node))
    both = _Groups(
        np.concatenate([cell, cell]),
        np.concatenate([left, groups.number - left]),
        np.concatenate([first, middle]),
        np.concatenate([middle, last]),
    )
    return both.take(both.number.nonzero()[0])


def _tell_apart(counts: Whole, groups: _Groups, cells: _Cells) -> None:
    """Add to `counts` what people choose who each have a uniform of their own."""
    cell, number = groups.cell, groups.number
    if not cell.size:
        return
    bottom = cells.ladder.rungs[groups.first]
    # A hair below 1: rounding must not reach an option that is closed.
    share = (cells.ladder.rungs[groups.last] - bottom) * (2.0**-53 * (1.0 - 1e-9))
    # Person j of a group has the uniform of number (first option << 32) + j; `passed` runs on.
    column = groups.first - cells.begin[cell]
    passed = number.cumsum()
    keys = cells.keys[cell] + _times((column << 32) + number - passed, GOLDEN)
    group = np.arange(cell.size).repeat(number)
    bits = _mixed(keys[group] + _times(np.arange(group.size), GOLDEN))
    bits >>= BY_11
    luck = bits * share[group]
    luck += bottom[group]
    rung = cells.ladder.rungs.searchsorted(luck, side="right")
    rung += (cell * cells.width - cells.begin[cell] - 1)[group]
    counts += np.bincount(rung, minlength=counts.size)
