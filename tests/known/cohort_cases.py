"""Run the known-answer cases of yearly accounting: persons at home and abroad by status.

A case names one origin (or a list of them) and the stocks abroad by status, or by destination and
status. Destinations start without natives of their own; the second generation are their first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.projection.rates import Events, Persons, Rates, step

STATUSES = ("permanent", "tied", "irregular", "protected")
INPUTS = frozenset(
    "home abroad birth_home birth_abroad death_home death_abroad out ret regularisation "
    "deportation years statuses".split()
)


def run_case(case: dict[str, Any]) -> None:
    """Step through the years of `case`; AssertionError says what differs."""
    given = case["inputs"]
    assert given.keys() <= INPUTS, f"unknown inputs: {sorted(given.keys() - INPUTS)}"
    assert len(case["rows"]) == given["years"], "a row a year"
    persons, rates = _start(given), _rates(given)
    for row in case["rows"]:
        persons, events = step(persons, rates)
        computed = _found(persons, events, given)
        unknown = row.keys() - computed.keys() - {"year"}
        assert not unknown, f"unknown quantities: {sorted(unknown)}"
        for name in row.keys() - {"year"}:
            np.testing.assert_allclose(
                _as(computed[name], row[name]),
                row[name],
                rtol=case["tolerance"],
                err_msg=f"{name} of year {row['year']}",
            )


def _shape(given: dict[str, Any]) -> tuple[int, int, int]:
    """Origins, destinations, statuses."""
    origins, abroad = np.size(given["home"]), np.array(given["abroad"], float)
    return origins, abroad.size // (origins * abroad.shape[-1]), abroad.shape[-1]


def _statuses(given: dict[str, Any]) -> tuple[str, ...]:
    """Labels of the statuses; unnamed ones are in the order of the title."""
    number = _shape(given)[2]
    unnamed = ("permanent", "irregular") if number == 2 else STATUSES[:number]
    return tuple(given.get("statuses", unnamed))


def _in_corridors(value: Any, given: dict[str, Any]) -> np.ndarray:
    """Numbers of the corridors as (b, i, k) of a world of origins, then destinations."""
    origins, destinations, statuses = _shape(given)
    world = np.zeros((origins + destinations, origins + destinations, statuses))
    filled = np.array(value, float)
    if filled.size == origins * destinations * statuses:
        filled = filled.reshape(origins, destinations, statuses)
    world[:origins, origins:] = filled
    return world


def _at_home(value: Any, given: dict[str, Any]) -> np.ndarray:
    """Numbers of the origins as (b,); destinations have none."""
    origins, destinations, _ = _shape(given)
    return np.concatenate(
        [np.broadcast_to(np.array(value, float), origins), np.zeros(destinations)]
    )


def _start(given: dict[str, Any]) -> Persons:
    return Persons(_at_home(given["home"], given), _in_corridors(given["abroad"], given))


def _rates(given: dict[str, Any]) -> Rates:
    statuses = _statuses(given)
    irregular = np.array([status == "irregular" for status in statuses], float)
    change = np.zeros((len(statuses), len(statuses)))
    if given.get("regularisation"):
        change[statuses.index("irregular"), statuses.index("permanent")] = given["regularisation"]
    removal = np.array(given.get("deportation", 0.0), float)
    return Rates(
        birth_home=_at_home(given["birth_home"], given),
        birth_abroad=_in_corridors(given["birth_abroad"], given),
        death_home=_at_home(given["death_home"], given),
        death_abroad=_in_corridors(given["death_abroad"], given),
        leave=_in_corridors(given["out"], given),
        come_back=_in_corridors(given["ret"], given),
        # One number is the rate of irregular migrants, the only ones who are deported.
        remove=_in_corridors(removal * irregular if removal.ndim == 0 else removal, given),
        change=change,
    )


def _found(persons: Persons, events: Events, given: dict[str, Any]) -> dict[str, np.ndarray]:
    origins = _shape(given)[0]
    return {
        "home": persons.home[:origins],
        "abroad": persons.abroad[:origins, origins:],
        "births_home": events.births_home[:origins],
        "second_generation": events.second_generation[:origins, origins:].sum(axis=(1, 2)),
        "deaths": events.deaths_home[:origins] + events.deaths_abroad.sum(axis=(1, 2))[:origins],
        "returns": events.returned.sum(axis=(1, 2))[:origins],
        "deported": events.removed.sum(axis=(1, 2))[:origins],
        "regularised": events.changed.sum(axis=(1, 2, 3))[:origins],
    }


def _as(values: np.ndarray, expected: Any) -> np.ndarray:
    """`found` in the shape of `expected`; a single number is the total."""
    shape = np.shape(expected)
    return values.sum() if shape == () else values.reshape(shape)
