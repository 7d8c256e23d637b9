"""Two answers side by side on common draws: the difference of every headline, with its interval.

Each parameter and each figure has its own stream of random numbers (`corridors.ensemble`), so two
studies of one seed see the same draws, whatever else they ask. The difference is of the paired
changes, draw by draw (equation (32)).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from corridors.equilibrium import intervals
from corridors.errors import InputError, Problem
from corridors.world import Result

__all__ = ["compare", "read"]

#: What must be the same in two results for a draw of one to be the draw of the other.
COMMON = ("areas", "people_year", "economy_year")


def compare(first: Result, second: Result) -> pd.DataFrame:
    """The second answer less the first, policy by policy and closure by closure; changes as (32).

    Policies of one name are compared; where no name is common, the cases the studies show.

    Returns
    -------
    DataFrame (policy_a, policy_b, capital, measure, title, unit, a, b, difference, median, bounds)
        Each row in its `unit`; `difference` is `b` less `a`; bounds are of the draws both have,
        absent without any.

    Raises
    ------
    InputError
        An answer year by year or on the road, other draws, or no closure in common.
    """
    _require_comparable(first, second)
    rows = [
        row
        for policies in _pairs(first, second)
        for capital in _closures(first, second)
        for row in _differences(first, second, policies, capital)
    ]
    return pd.DataFrame(rows)


def read(name: str | Path) -> Result:
    """A saved result, or the answer of a study by name or file, with its draws.

    Raises
    ------
    SourceError
        The folder is not as it was written.
    InputError, ModelError
        As `corridors.study.run`.
    """
    from corridors import study
    from corridors.world import load

    return load(name) if Path(name).is_dir() else study.run(str(name))


def _require_comparable(first: Result, second: Result) -> None:
    problems = []
    for result in (first, second):
        if "draws" not in result.tables and "solver" not in result.tables:
            what, fix = "is no answer of where the world settles", "Compare results of `run`"
            problems.append(Problem(f"result of {result.name}", what, fix))
    if not problems:
        seeds = [result.manifest["file"]["draws"] for result in (first, second)]
        if seeds[0] != seeds[1] and all("draws" in result.tables for result in (first, second)):
            what = f"has draws {seeds[1]}, not {seeds[0]}: they are not the same draws"
            fix = "Run both with the same --draws and --seed"
            problems.append(Problem(f"result of {second.name}", what, fix))
        problems += [
            Problem(f"result of {second.name}", f"rests on other {name}", "Run both anew")
            for name in COMMON
            if first.manifest.get(name) != second.manifest.get(name)
        ]
    if problems:
        raise InputError(problems)


def _pairs(first: Result, second: Result) -> list[tuple[str, str]]:
    names = [list(dict.fromkeys(result.headline["policy"])) for result in (first, second)]
    same = [(name, name) for name in names[0] if name in names[1]]
    return same or [tuple(r.manifest["shown"]["policy"] for r in (first, second))]


def _closures(first: Result, second: Result) -> list[str]:
    mine, theirs = (list(dict.fromkeys(r.headline["capital"])) for r in (first, second))
    common = [name for name in mine if name in theirs]
    if not common:
        what = f"knows capital {', '.join(theirs)}, the other {', '.join(mine)}"
        fix = "Give both studies one closure in common"
        raise InputError(Problem(f"result of {second.name}", what, fix))
    return common


def _differences(
    first: Result, second: Result, policies: tuple[str, str], capital: str
) -> Iterator[dict[str, object]]:
    results = (first, second)
    head = [_case(r.headline, p, capital) for r, p in zip(results, policies, strict=True)]
    indexed = [rows.set_index("measure") for rows in head]
    draws = [
        _case(r.tables.get("draws", pd.DataFrame()), p, capital)
        for r, p in zip(results, policies, strict=True)
    ]
    good = _both_settled(draws)
    for measure in [name for name in indexed[0].index if name in indexed[1].index]:
        a, b = (rows.loc[measure] for rows in indexed)
        values = [
            intervals.paired(drawn.iloc[good], measure, float(row["now"]))
            if len(good)
            else np.empty(0)
            for drawn, row in zip(draws, (a, b), strict=True)
        ]
        spread = intervals.bounds(values[1] - values[0], len(draws[0]))
        yield {
            "policy_a": policies[0],
            "policy_b": policies[1],
            "capital": capital,
            "measure": measure,
            "title": a["title"],
            "unit": a["unit"],
            "a": float(a["central"]),
            "b": float(b["central"]),
            "difference": float(b["central"] - a["central"]),
            **{name: float(value) for name, value in spread.items()},
        }


def _case(rows: pd.DataFrame, policy: str, capital: str) -> pd.DataFrame:
    if rows.empty:
        return rows
    mine = rows[(rows["policy"] == policy) & (rows["capital"] == capital)]
    return mine.reset_index(drop=True)


def _both_settled(draws: list[pd.DataFrame]) -> np.ndarray:
    """Places of the draws that converged in both."""
    if any(rows.empty for rows in draws):
        return np.empty(0, dtype=int)
    settled = [rows["converged"].to_numpy(bool) for rows in draws]
    return np.flatnonzero(settled[0] & settled[1])
