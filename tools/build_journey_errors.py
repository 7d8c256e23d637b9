"""Measure past forecasts of journeys: what the network is worth, how wide intervals are, the page.

    python tools/build_journey_errors.py [--shared ../shared] [--draws 24] [--runs FOLDER]

For each conflict in `reference/journeys/conflicts` of the shared folder, from 20, 40 and 60 % of
its days, with nothing known after the origin: how far forecasts with each weight of the network are
from the published counts by band, and the quantiles of the errors of the forecast with the weight
that the other conflicts teach. Four kinds: arrivals known or forecast, and with the capacities,
openings and closures of the folder told as plans or not. Written to
`src/corridors/data/reference/journey_errors.toml`; then every conflict is forecast by what the
others teach, and its scores and intervals are put into `docs/journeys.md`. `--runs` keeps what the
network said of each case in a folder, and reads it from there next time: the journeys take minutes,
what is made of them seconds. With `--check FOLDER...` nothing is written: it prints how well those
folders, which teach nothing, are forecast by what the file teaches, the network left out.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from corridors.journeys import learning
from corridors.journeys.calibration import WEIGHTS, Past, summarised
from corridors.journeys.departures import Known
from corridors.journeys.learning import Ahead
from corridors.labels import Array
from corridors.readers import journeys_folder
from corridors.readers.situation import Plan, Situation
from corridors.study import journey_run
from corridors.study.journey_forecast import Forecast, Outlook, forecast, outlook, then
from corridors.study.journey_inputs import from_file
from corridors.study.journey_scores import bands, covered_by_band

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "corridors" / "data" / "reference" / "journey_errors.toml"
PAGE = ROOT / "docs" / "journeys.md"
ORIGINS = (0.2, 0.4, 0.6)
#: Kind of forecast -> whether arrivals are known, whether plans are told.
KINDS = {
    "known": (True, False),
    "forecast": (False, False),
    "known_told": (True, True),
    "forecast_told": (False, True),
}
TITLES = {
    "known": "arrivals known",
    "forecast": "arrivals forecast",
    "known_told": "plans told, arrivals known",
    "forecast_told": "plans told, arrivals forecast",
}
#: Forecasts beside ours in the tables, and those of which the best one is the yardstick.
BESIDE = ("last_shares", "recent_split", "flee")
WITHOUT_A_MODEL = ("held", "last_shares", "recent_split")
#: Draws behind the intervals of the page.
INTERVALS = 200
HEAD = """\
# Errors of past forecasts of journeys: what the network is worth, and how wide intervals are.
# Written by tools/build_journey_errors.py. Each conflict from 20, 40 and 60 % of its days, with
# nothing known after the origin, against published counts; kinds: arrivals known or forecast,
# plans told (capacities, openings, closures) or not.
# weights: mean error by band (0-30, 30-90, beyond) and weight of the network (0, .1, .2, .3, .4,
# .5, .6, .8, 1). errors: quantiles of (count - forecast) / max(forecast, 0.02 sum) by days after
# the camp's last count (to 15, 30, 60, 90, 180 days of a conflict 200 days old, beyond), at 1, 2.5,
# 5, 10, 15, 20, 25, 30, 40, 50 % and their mirror; see corridors.journeys.calibration.
# kind: modelled. Counts: camp registrations of UNHCR, interpolated, as compiled by the authors of
# Flee (github.com/djgroen/flee, BSD-3-Clause); places and conflict as in their folders.
"""


@dataclass(frozen=True)
class Case:
    """One conflict from one origin: what a forecast reads, and what was counted."""

    share: float
    outlook: Outlook
    counted: Array
    flee: Array

    @property
    def origin(self) -> int:
        """Days before the origin."""
        return len(self.outlook.known.persons)

    def forecast(self, weight: float | Array) -> Array:
        """Persons by camp with a weight of the network, at the mean of its draws; (t, c)."""
        weights = np.broadcast_to(np.asarray(weight, dtype=float), len(self.counted))
        return learning.forecast(self.outlook.known, replace(self.outlook.ahead, weight=weights))

    def figures(self, made: Forecast) -> dict[str, Array]:
        """Ours, those without a model and the recorded runs of the reference simulator."""
        beside = learning.baselines(made.known, made.ahead)
        flee = self.flee
        if made.ahead.counted:
            flee = made.ahead.total[:, None] * learning.share(flee)
        return {"ours": made.median, **beside, "flee": flee}


def main() -> int:
    """Write the file and the page; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int, default=24)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--check", type=Path, nargs="+")
    asked = parser.parse_args()
    if asked.check is not None:
        return check(asked.check)
    folder = asked.shared / "reference" / "journeys" / "conflicts"
    cases = {
        path.name: kept(path, asked.draws, asked.runs)
        for path in sorted(folder.iterdir())
        if path.is_dir()
    }
    tables = taught(cases)
    TARGET.write_text(written(tables), encoding="utf-8")
    PAGE.write_text(with_scores(PAGE.read_text(encoding="utf-8"), cases, tables), encoding="utf-8")
    return 0


def check(folders: list[Path]) -> int:
    """Print the scores of folders that teach nothing."""
    cases = {folder.name: cases_of(folder, 0) for folder in folders}
    made = forecasts(cases, tomllib.loads(TARGET.read_text(encoding="utf-8")))
    for kind, title in TITLES.items():
        print(f"{title}\n\n{errors_table(kind, cases, made)}\n")
    print(f"{means_table(cases, made)}\n\n{coverage_table(cases, made)}")
    return 0


def taught(cases: dict[str, dict[str, list[Case]]]) -> dict[str, dict[str, Any]]:
    """Weights and errors by kind and conflict; the errors with the weights of the others."""
    tables: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for name, by_kind in cases.items():
        for kind, of_kind in by_kind.items():
            tables[kind][name] = {"weights": curves(of_kind), "errors": [[0.0]]}
    for name, by_kind in cases.items():
        for kind, of_kind in by_kind.items():
            past = Past.of(tables, kind, without=name)
            tables[kind][name]["errors"] = summarised(
                [case.forecast(past.weight(len(case.counted))) for case in of_kind],
                [case.counted for case in of_kind],
                [case.origin for case in of_kind],
                [case.outlook.known.age for case in of_kind],
            )
    return tables


# --- cases -----------------------------------------------------------------------------------


def kept(folder: Path, draws: int, runs: Path | None) -> dict[str, list[Case]]:
    """One conflict from every origin, by kind; from `runs` where they are kept."""
    file = None if runs is None else runs / f"{folder.name}.npz"
    if file is None or not file.exists():
        by_kind = cases_of(folder, draws)
        print(f"{folder.name}: journeys run", file=sys.stderr)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(file, **dict(_arrays(by_kind)))
        return by_kind
    with np.load(file) as stored:
        return {
            kind: [_case(stored, f"{kind}/{share}/", share, kind) for share in ORIGINS]
            for kind in KINDS
        }


def _arrays(by_kind: dict[str, list[Case]]) -> Iterator[tuple[str, Array]]:
    for kind, of_kind in by_kind.items():
        for case in of_kind:
            key, seen = f"{kind}/{case.share}/", case.outlook
            for name in ("persons", "last", "verified"):
                yield key + name, getattr(seen.known, name)
            for name in ("total", "arrivals", "room", "moved"):
                yield key + name, getattr(seen.ahead, name)
            yield key + "network", seen.network
            yield key + "told", np.array(seen.told)
            yield key + "counted", case.counted
            yield key + "flee", case.flee


def _case(stored: Any, key: str, share: float, kind: str) -> Case:
    known = Known(*(stored[key + name] for name in ("persons", "last", "verified")))
    network = stored[key + "network"]
    ahead = Ahead(
        total=stored[key + "total"],
        arrivals=stored[key + "arrivals"],
        counted=KINDS[kind][0],
        network=network.mean(axis=1),
        weight=np.zeros(len(network) - 1),
        room=stored[key + "room"],
        moved=stored[key + "moved"],
    )
    seen = Outlook(known, ahead, network, float(stored[key + "told"]), KINDS[kind][0])
    return Case(share, seen, stored[key + "counted"], stored[key + "flee"])


def cases_of(folder: Path, draws: int) -> dict[str, list[Case]]:
    """One conflict from every origin, by kind; without a draw the network says nothing."""
    file = journeys_folder.read(folder)
    cases: dict[str, list[Case]] = {kind: [] for kind in KINDS}
    for told in (False, True):
        plans = plans_of(file.situation) if told else ()
        prepared = from_file(
            replace(file, situation=replace(file.situation, plans=plans)), "default"
        )
        flee = recorded_runs(folder, prepared.counts.camps, prepared.days.days)
        for share in ORIGINS:
            origin, fitted = int(share * prepared.days.days), None
            for kind, (arrivals_known, of_told) in KINDS.items():
                if of_told is not told:
                    continue
                about = {"arrivals_known": arrivals_known, "past": True}
                if draws:
                    done = journey_run.answer(
                        prepared,
                        draws=draws,
                        origin=origin,
                        fitted=fitted,
                        known_totals=arrivals_known,
                        past=True,
                    )
                    journeys, fitted = done.journeys, done.fitted
                else:
                    nobody = np.zeros((prepared.days.days, 1, len(prepared.roads.places)))
                    journeys = SimpleNamespace(people=nobody, waiting=nobody)
                before = then(prepared, origin, draws=max(draws, 1), seed=1, **about)
                seen = outlook(prepared, before, journeys, origin, **about)
                counted = prepared.counts.persons[origin:]
                cases[kind].append(Case(share, seen, counted, flee[origin:]))
    return cases


def recorded_runs(folder: Path, camps: tuple[str, ...], days: int) -> Array:
    """The reference simulator's recorded runs, mean of its seeds; (t, c)."""
    files = sorted((folder / "flee_output").glob("camps_hasten*.csv"))
    if not files:
        return np.full((days, len(camps)), np.nan)
    rows = pd.read_csv(files[0]).pivot(index="day", columns="camp", values="sim_mean")
    return rows.reindex(index=range(days), columns=list(camps)).ffill().fillna(0.0).to_numpy()


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


# --- the page --------------------------------------------------------------------------------


def with_scores(
    page: str, cases: dict[str, dict[str, list[Case]]], tables: dict[str, dict[str, Any]]
) -> str:
    """The page with its tables made anew, each between its two marks."""
    made = forecasts(cases, tomllib.loads(written(tables)))  # as a reader of the file has them
    parts = {kind: errors_table(kind, cases, made) for kind in KINDS if kind != "forecast_told"}
    parts["means"] = means_table(cases, made)
    parts["coverage"] = coverage_table(cases, made)
    parts["sides"] = sides_table(cases, made)
    for name, text in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, mark, after = rest.partition(end)
        if not mark:
            raise SystemExit(f"{PAGE} has no place for {name}")
        page = f"{before}{begin}\n{text}\n\n{end}{after}"
    return page


def forecasts(
    cases: dict[str, dict[str, list[Case]]], tables: dict[str, dict[str, Any]]
) -> dict[str, dict[str, list[Forecast]]]:
    """Every case as forecast by what the other conflicts teach."""
    return {
        name: {
            kind: [
                forecast(case.outlook, tables, without=name, draws=INTERVALS, seed=1)
                for case in of_kind
            ]
            for kind, of_kind in by_kind.items()
        }
        for name, by_kind in cases.items()
    }


Cases = dict[str, dict[str, list[Case]]]
Made = dict[str, dict[str, list[Forecast]]]


def scored(kind: str, cases: Cases, made: Made) -> pd.DataFrame:
    """Errors by conflict, origin and band (rows) and forecast (columns)."""
    rows = []
    for name in cases:
        for case, done in zip(cases[name][kind], made[name][kind], strict=True):
            for band, row in enumerate(bands(case.figures(done), case.counted)):
                about = {"conflict": name.title(), "origin": case.share, "band": band}
                rows.append(about | {key: row[key] for key in ("ours", *WITHOUT_A_MODEL, "flee")})
    return pd.DataFrame(rows).set_index(["conflict", "origin", "band"])


def errors_table(kind: str, cases: Cases, made: Made) -> str:
    """Each conflict and origin by band: ours and those beside it."""
    errors = scored(kind, cases, made)
    lines = ["| | days 0-30 | 30-90 | beyond |", "|---|---|---|---|"]
    columns = ["ours", *BESIDE]

    def cell(row: pd.Series, digits: int) -> str:
        return " / ".join(
            "–" if np.isnan(value) else f"{value:.{digits}f}" for value in row[columns]
        )

    for (conflict, origin), part in errors.groupby(level=["conflict", "origin"], sort=False):
        cells = [cell(row, 2) for _, row in part.iterrows()]
        lines.append(f"| {conflict}, {100 * origin:.0f} % | " + " | ".join(cells) + " |")
    mean = by_conflict(errors).groupby(level="band").mean()
    lines.append("| **mean** | " + " | ".join(cell(row, 3) for _, row in mean.iterrows()) + " |")
    return "\n".join(lines)


def by_conflict(errors: pd.DataFrame) -> pd.DataFrame:
    """Means over origins; (conflict, band)."""
    return errors.groupby(level=["conflict", "band"], sort=False).mean()


def means_table(cases: Cases, made: Made) -> str:
    """Ours against the best forecast without a model of each band, and the worst conflict."""
    head = "| | days 0-30 | 30-90 | beyond | worst conflict and band |"
    lines = [head, "|---|---|---|---|---|"]
    for kind, title in TITLES.items():
        errors = by_conflict(scored(kind, cases, made))
        mean = errors.groupby(level="band").mean()
        best = mean[list(WITHOUT_A_MODEL)].min(axis=1)
        cells = [
            f"{ours:.3f}, {best[band]:.3f}: {100 * (ours / best[band] - 1):+.0f} %"
            for band, ours in mean["ours"].items()
        ]
        name = mean[list(WITHOUT_A_MODEL)].idxmin(axis=1)
        beside = [errors[name[band]].loc[:, band] for band in mean.index]
        above = pd.concat({band: errors["ours"].loc[:, band] - beside[band] for band in mean.index})
        band, conflict = above.idxmax()
        share = above.max() / beside[band][conflict]
        worst = (
            f"{conflict}, {('0-30', '30-90', 'beyond')[band]}: "
            f"{above.max():+.3f} ({100 * share:+.0f} %)"
        )
        lines.append(f"| {title} | " + " | ".join([*cells, worst]) + " |")
    return "\n".join(lines)


def inside(kind: str, cases: Cases, made: Made) -> pd.DataFrame:
    """People-days and camp-days in the 80 % interval by conflict and band, summed over origins."""
    rows = []
    for name in cases:
        for case, done in zip(cases[name][kind], made[name][kind], strict=True):
            for band, row in enumerate(covered_by_band(done.draws, case.counted)):
                rows.append({"conflict": name.title(), "band": band, **row})
    return pd.DataFrame(rows).groupby(["conflict", "band"], sort=False).sum()


def coverage_table(cases: Cases, made: Made) -> str:
    """Shares in the 80 % interval: pooled, mean of conflicts, by conflict."""
    names = [name.title() for name in cases]
    lines = [
        "| 80 % intervals, over all three origins | people-days: pooled, mean of conflicts "
        f"| camp-days | people-days in {', '.join(names)} | camp-days |",
        "|---|---|---|---|---|",
    ]
    for kind, title in TITLES.items():
        rows = inside(kind, cases, made).groupby(level="conflict", sort=False).sum()
        cells = []
        for what in ("people", "camp_days"):
            share = rows[f"{what}_inside"] / rows[what]
            pooled = rows[f"{what}_inside"].sum() / rows[what].sum()
            cells.append(
                (f"{pooled:.2f}, {share.mean():.2f}", ", ".join(f"{s:.2f}" for s in share))
            )
        (people, of_people), (camps, of_camps) = cells
        lines.append(f"| {title} | {people} | {camps} | {of_people} | {of_camps} |")
    return "\n".join(lines)


def sides_table(cases: Cases, made: Made) -> str:
    """By conflict and band: people-days and camp-days inside, and the people missed by side."""
    lines = [
        "| inside: people-days, camp-days; people-days below, above (camp-days) | days 0-30 "
        "| 30-90 | beyond |",
        "|---|---|---|---|",
    ]
    for kind in ("known", "forecast"):
        rows = inside(kind, cases, made)
        for conflict, part in rows.groupby(level="conflict", sort=False):
            cells = [
                f"{row['people_inside'] / row['people']:.2f}, "
                f"{row['camp_days_inside'] / row['camp_days']:.2f}; "
                f"{row['people_below'] / row['people']:.2f}, "
                f"{row['people_above'] / row['people']:.2f} ({row['camp_days']:,.0f})"
                for _, row in part.iterrows()
            ]
            lines.append(f"| {conflict}, {TITLES[kind]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
