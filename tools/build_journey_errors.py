"""Measure past forecasts of journeys, for the weight of the network and the intervals of new ones.

    python tools/build_journey_errors.py [--shared ../shared] [--draws 24] [CONFLICT ...]

For each conflict in `reference/journeys/conflicts` of the shared folder, from 20, 40 and 60 % of
its days, with nothing known after the origin: how far forecasts with each weight of the network are
from the published counts by band, and the quantiles of the errors of the forecast with the weight
that the other conflicts teach. Four kinds: arrivals known or forecast, and with the capacities,
openings and closures of the folder told as plans or not. Written to
`src/corridors/data/reference/journey_errors.toml`; a conflict that is not named keeps what the file
says of it.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from corridors.journeys import learning
from corridors.journeys.calibration import WEIGHTS, Past, summarised
from corridors.journeys.departures import Known
from corridors.journeys.learning import Ahead
from corridors.labels import Array
from corridors.readers import journeys_folder
from corridors.readers.situation import Plan, Situation
from corridors.study import journey_run
from corridors.study.journey_forecast import outlook, then
from corridors.study.journey_inputs import from_file
from corridors.study.journey_scores import bands

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "corridors" / "data" / "reference" / "journey_errors.toml"
ORIGINS = (0.2, 0.4, 0.6)
KINDS = {
    "known": (True, False),
    "forecast": (False, False),
    "known_told": (True, True),
    "forecast_told": (False, True),
}
HEAD = """\
# Errors of past forecasts of journeys: what the network is worth, and how wide intervals are.
# Written by tools/build_journey_errors.py. Each conflict from 20, 40 and 60 % of its days, with
# nothing known after the origin, against published counts; kinds: arrivals known or forecast,
# plans told (capacities, openings, closures) or not.
# weights: mean error by band (0-30, 30-90, beyond) and weight of the network (0, .1, .2, .3, .4,
# .5, .6, .8, 1). errors: quantiles of (count - forecast) / max(forecast, 0.02 sum) by horizon (to
# 15, 30, 60, 90, 180 days of a conflict 200 days old, beyond), at 1, 2.5, 5, 10, 15, 20, 25, 30,
# 40, 50 % and their mirror; see corridors.journeys.calibration.
# kind: modelled. Counts: camp registrations of UNHCR, interpolated, as compiled by the authors of
# Flee (github.com/djgroen/flee, BSD-3-Clause); places and conflict as in their folders.
"""


@dataclass(frozen=True)
class Case:
    """One conflict from one origin: what a forecast reads, and what was counted."""

    known: Known
    ahead: Ahead
    counted: Array

    def forecast(self, weight: float | Array) -> Array:
        """Persons by camp with a weight of the network; (t, c)."""
        days = len(self.ahead.total)
        weights = np.broadcast_to(np.asarray(weight, dtype=float), days)
        return learning.forecast(self.known, replace(self.ahead, weight=weights))


def main() -> int:
    """Write the file; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int, default=24)
    parser.add_argument("conflicts", nargs="*")
    asked = parser.parse_args()
    folder = asked.shared / "reference" / "journeys" / "conflicts"
    names = asked.conflicts or sorted(path.name for path in folder.iterdir() if path.is_dir())
    before = tomllib.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    tables: dict[str, dict[str, Any]] = {kind: dict(before.get(kind, {})) for kind in KINDS}
    cases: dict[str, dict[str, list[Case]]] = {}
    for name in names:
        cases[name] = cases_of(folder / name, asked.draws)
        for kind, of_kind in cases[name].items():
            tables[kind][name] = {"weights": curves(of_kind), "errors": [[0.0]]}
        print(name, "run", file=sys.stderr)
    for name, by_kind in cases.items():
        for kind, of_kind in by_kind.items():
            past = Past.of(tables, kind, without=name)
            forecasts = [case.forecast(past.weight(len(case.counted))) for case in of_kind]
            told = [case.counted for case in of_kind]
            origins = [len(case.known.persons) for case in of_kind]
            tables[kind][name]["errors"] = summarised(forecasts, told, origins)
    TARGET.write_text(written(tables), encoding="utf-8")
    return 0


def cases_of(folder: Path, draws: int) -> dict[str, list[Case]]:
    """One conflict from every origin, by kind."""
    file = journeys_folder.read(folder)
    cases: dict[str, list[Case]] = {kind: [] for kind in KINDS}
    for told in (False, True):
        plans = plans_of(file.situation) if told else ()
        prepared = from_file(
            replace(file, situation=replace(file.situation, plans=plans)), "default"
        )
        for share in ORIGINS:
            origin, fitted = int(share * prepared.days.days), None
            for kind, (arrivals_known, of_told) in KINDS.items():
                if of_told is not told:
                    continue
                done = journey_run.answer(
                    prepared,
                    draws=draws,
                    origin=origin,
                    fitted=fitted,
                    known_totals=arrivals_known,
                    past=True,
                )
                fitted = done.fitted
                about = {"arrivals_known": arrivals_known, "past": True}
                before = then(prepared, origin, draws=draws, seed=1, **about)
                known, ahead = outlook(prepared, before, done.journeys, origin, **about)
                cases[kind].append(Case(known, ahead, prepared.counts.persons[origin:]))
    return cases


def plans_of(situation: Situation) -> tuple[Plan, ...]:
    """The folder's own capacities and the day of each camp's first people, told as plans."""
    plans = []
    for counts in situation.counts:
        place = next(place for place in situation.places if place.name == counts.place)
        peopled = [day for rows in counts.series for day, persons in rows if persons > 0]
        day = max((min(peopled) - situation.first_day).days, 0) if peopled else situation.days
        if day < situation.days:
            plans.append(Plan(counts.place, day, "opening", counts.where, place.capacity))
    return tuple(plans)


def curves(cases: list[Case]) -> list[list[float]]:
    """Mean error over origins by band and weight of the network."""
    by_weight = [
        [
            [row["ours"] for row in bands({"ours": case.forecast(weight)}, case.counted)]
            for case in cases
        ]
        for weight in WEIGHTS
    ]
    return np.array(by_weight).mean(axis=1).T.round(4).tolist()


def written(tables: dict[str, dict[str, Any]]) -> str:
    """The file's text."""
    lines = [HEAD.rstrip()]
    for kind, conflicts in tables.items():
        for name, told in sorted(conflicts.items()):
            lines += ["", f"[{kind}.{name}]"]
            for key in ("weights", "errors"):
                lines += [f"{key} = [", *(f"    {row}," for row in told[key]), "]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
