"""`random.choose`, cell by cell, compiled: the same counts from the same uniforms.

Whole arrays pay for a call on every turn of a day and every level of a split; a loop does not
(benchmarks/journeys.py prints the ratio). Only this innermost step is compiled.
`journeys.random` says what is computed and computes it where this module cannot be imported;
tests/laws/test_journeys_luck.py holds the two together. Constants come from there; compiled code
that is kept on disk keeps their values until this file changes too.

The normal quantile is algorithm AS 241, PPND16 (Wichura 1988), because compiled code cannot call
the library's; it agrees with it to the last digits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from corridors.journeys import random
from corridors.journeys.random import BY_11, BY_27, BY_30, BY_31, FIRST, SECOND, SMOOTH, TERMS, Keys
from corridors.labels import Array, Whole

__all__ = ["choose", "normal_quantile"]

_GOLDEN = np.uint64(random.GOLDEN)

#: Numerators and denominators of AS 241, highest power first: the middle, the tails, the far tails.
_MIDDLE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_TAIL = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


@njit(cache=True)
def _ratio(at: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    above = below = 0.0
    for power in range(8):
        above = above * at + top[power]
        below = below * at + bottom[power]
    return above / below


@njit(cache=True)
def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal; `probability` strictly between 0 and 1."""
    centred = probability - 0.5
    if abs(centred) <= 0.425:
        return centred * _ratio(0.180625 - centred * centred, _MIDDLE[0], _MIDDLE[1])
    root = math.sqrt(-math.log(probability if centred < 0 else 1.0 - probability))
    if root <= 5.0:
        quantile = _ratio(root - 1.6, _TAIL[0], _TAIL[1])
    else:
        quantile = _ratio(root - 5.0, _FAR[0], _FAR[1])
    return -quantile if centred < 0 else quantile


@njit(cache=True)
def _bits(key: np.uint64, number: int) -> np.uint64:
    """The 53 bits of luck of a number in a cell; (SplitMix64)."""
    bits = key + np.uint64(number) * _GOLDEN
    bits ^= bits >> BY_30
    bits *= FIRST
    bits ^= bits >> BY_27
    bits *= SECOND
    bits ^= bits >> BY_31
    return bits >> BY_11


@njit(cache=True)
def _binomial(persons: int, share: float, luck: float) -> int:
    """As `random.binomial`, of one cell."""
    often = share > 0.5
    rare = 1.0 - share if often else share
    point = 1.0 - luck if often else luck
    variance = persons * rare * (1.0 - rare)
    if variance >= SMOOTH:
        count = _expansion(persons, rare, variance, point)
    else:
        count = _table(persons, rare, point)
    return persons - count if often else count


@njit(cache=True)
def _expansion(persons: int, share: float, variance: float, luck: float) -> int:
    z = normal_quantile(min(max(luck, 1e-300), 1.0 - 1e-16))
    spread = math.sqrt(variance - 1.0 / 12.0)
    skew = variance * (1.0 - 2.0 * share) / spread**3
    kurtosis = (variance * (1.0 - 6.0 * share * (1.0 - share)) + 1.0 / 120.0) / spread**4
    bend = skew * (z * z - 1.0) / 6.0
    tail = z * (kurtosis * (z * z - 3.0) / 24.0 - skew * skew * (2.0 * z * z - 5.0) / 36.0)
    count = math.floor(persons * share + spread * (z + bend + tail) + 0.5)
    return int(min(max(count, 0), persons))


@njit(cache=True)
def _table(persons: int, share: float, luck: float) -> int:
    none = math.exp(persons * math.log1p(-share))
    if luck <= none:
        return 0
    mean = persons * share
    terms = (
        TERMS[0][1] if mean <= TERMS[0][0] else TERMS[1][1] if mean <= TERMS[1][0] else TERMS[2][1]
    )
    odds = share / (1.0 - share)
    count, product, total = 1, 1.0, 0.0
    for k in range(1, terms + 1):
        product *= max(persons - k + 1, 0) * odds / k
        total += product
        if luck <= none * (1.0 + total):
            break
        count += 1
    return min(count, persons)


@njit(cache=True)
def _tell_apart(
    counts: Whole, at: int, rungs: Array, key: np.uint64, begin: int, first: int, last: int,
    number: int,
) -> None:  # fmt: skip
    """Add what `number` people choose who each have a uniform of their own."""
    bottom = rungs[first]
    share = (rungs[last] - bottom) * (2.0**-53 * (1.0 - 1e-9))
    base = (first - begin) << 32
    for person in range(number):
        luck = _bits(key, base + person) * share + bottom
        below, above = first, last
        while above - below > 1:
            middle = (below + above) >> 1
            if rungs[middle] <= luck:
                below = middle
            else:
                above = middle
        counts[at + below - begin] += 1


@njit(cache=True)
def _share_out(
    counts: Whole, at: int, key: np.uint64, persons: int, begin: int, end: int, rungs: Array,
    few: int, waiting: Whole,
) -> None:  # fmt: skip
    """Add to `counts`, from position `at` on, what the people of one cell choose.

    Large groups are halved, small ones told apart; `waiting` has room for a group a level.
    """
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = persons, begin, end
    depth, whole = 1, True
    while depth:
        depth -= 1
        number, first, last = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2]
        if number == 0:
            continue
        if last - first == 1 and not whole:
            counts[at + first - begin] += number
            continue
        if number <= few * (last - first):
            _tell_apart(counts, at, rungs, key, begin, first, last, number)
            continue
        middle = last - 1 if whole else (first + last) >> 1  # first who leaves, and who stays
        whole = False
        bottom, top = rungs[first], rungs[last]
        share = (rungs[middle] - bottom) / (top - bottom if top > bottom else 1.0)
        node = ((first - begin) << 32) - (last - first)
        left = _binomial(number, share, _bits(key, node) * 2.0**-53)
        waiting[depth, 0], waiting[depth, 1], waiting[depth, 2] = left, first, middle
        depth += 1
        waiting[depth, 0], waiting[depth, 1], waiting[depth, 2] = number - left, middle, last
        depth += 1


@njit(cache=True)
def choose(
    persons: Whole, first: Whole, last: Whole, rungs: Array, few: int, keys: Keys, can_stay: bool
) -> tuple[Whole, Whole, Whole, Whole]:
    """As `random.choose`; rungs and `few` as in `random.Ladder` and `random.Sharing`."""
    cells = persons.size
    at = np.zeros(cells + 1, dtype=np.int64)
    for cell in range(cells):
        at[cell + 1] = at[cell] + last[cell] - first[cell]
    counts = np.zeros(at[cells], dtype=np.int64)
    stay = np.zeros(cells if can_stay else 0, dtype=np.int64)
    waiting = np.empty((128, 3), dtype=np.int64)
    splits = 0
    for cell in range(cells):
        _share_out(
            counts, at[cell], keys[cell], persons[cell], first[cell], last[cell], rungs, few,
            waiting,
        )  # fmt: skip
        if can_stay:
            stay[cell] = counts[at[cell + 1] - 1]
            counts[at[cell + 1] - 1] = 0
        for option in range(at[cell], at[cell + 1]):
            splits += counts[option] > 0
    chosen = np.empty((3, splits), dtype=np.int64)
    split = 0
    for cell in range(cells):
        for option in range(at[cell], at[cell + 1]):
            if counts[option] > 0:
                chosen[0, split], chosen[2, split] = cell, counts[option]
                chosen[1, split] = first[cell] + option - at[cell]
                split += 1
    return stay, chosen[0], chosen[1], chosen[2]
