"""Journeys from files to tables: run, compare.

A name is a Flee folder, a journey file of our own format, or one that ships. With the default
rules and registrations to learn from, parameters are fitted to the first of them
(`journeys.learning`); with the rules `flee` the reference simulator is reproduced as it stands.
What-ifs meet the same luck and the same parameters as the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from corridors import ensemble
from corridors.errors import InputError, Problem
from corridors.journeys import calibration, learning, step
from corridors.labels import Counted
from corridors.parameters import Parameter, override
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile, WhatIf
from corridors.study import caravans
from corridors.study.journey_forecast import Answer, forecast, is_past, outlook, then
from corridors.study.journey_inputs import Prepared, from_file, reference
from corridors.study.journey_tables import (
    change_table,
    manifest_of,
    shortfalls_of,
    tables_of,
    there_of,
    what_if_tables,
)
from corridors.world import Result

__all__ = [
    "FIRST",
    "Answer",
    "answer",
    "compare",
    "run",
]

#: Share of the days whose counts parameters are fitted to, where no origin is given.
FIRST = 0.2
#: Candidate parameters that a fit tries.
TRIED = 48
#: Days x draws x places x groups that are kept at once: some 40 bytes each.
MOST_CELLS = 100_000_000


def answer(
    prepared: Prepared,
    *,
    draws: int,
    seed: int = 1,
    origin: int | None = None,
    fitted: calibration.Fitted | None = None,
    known_totals: bool = True,
    past: bool | None = None,
    executor: Executor | None = None,
) -> Answer:
    """Journeys of a situation, by (50) and (51); with an origin, from what was known on that day.

    Parameters
    ----------
    prepared : Prepared
        As `corridors.study.journey_inputs.prepare` gives it.
    draws, seed : int
    origin : int, optional
        First day that is not known; None runs the parameters as they are.
    fitted : Fitted, optional
        Parameters learnt before; by default they are learnt here.
    known_totals : bool
        Whether arrivals after the origin are taken from the counts or carried on from before it.
    past : bool, optional
        Whether what the files say of later days than the origin is taken away; by default where
        they hold counts of such days.
    executor : concurrent.futures.Executor, optional
        Who works on batches of draws; by default this process. The answer does not depend on it.

    Returns
    -------
    Answer
        Persons (t, draw, p), and with an origin the forecast (t, draw, c).

    Raises
    ------
    InputError
        The origin is not inside the period, or there are no counts to learn from.
    """
    _require_room(prepared, draws)
    streams = ensemble.streams(seed)
    if origin is None:
        setting = (prepared.roads, prepared.days, prepared.behaviour)
        done = step.run(*setting, streams=streams, draws=draws, executor=executor)
        return Answer(prepared, done, seed)
    _require_origin(prepared, origin)
    past = is_past(prepared, origin) if past is None else past
    before = then(prepared, origin, arrivals_known=known_totals, past=past, draws=draws, seed=seed)
    about = (before.roads, before.days, before.behaviour, before.counts)
    if fitted is None:
        fitted = learning.learn(
            *about, before.declared, origin=origin, tried=TRIED, streams=streams
        )
    done = learning.onward(
        *about, fitted, origin=origin, draws=draws, streams=streams, executor=executor
    )
    ahead = forecast(
        outlook(prepared, before, done, origin, arrivals_known=known_totals, past=past),
        reference("journey_errors"),
        without=prepared.file.situation.name,
        draws=draws,
        seed=seed,
    )
    return Answer(prepared, done, seed, origin, fitted, known_totals, ahead)


def _require_room(prepared: Prepared, draws: int) -> None:
    """Refuse more days, draws and places than there is memory for, before it is taken."""
    days, places = prepared.days.days, len(prepared.roads.places)
    cells = days * draws * places * len(prepared.behaviour.groups)
    if cells > MOST_CELLS:
        what = f"{days} days x {draws} draws x {places} places are more than can be kept"
        most = max(MOST_CELLS * draws // cells, 1)
        fix = f"Use at most {most} draws, or fewer days"
        raise InputError(Problem("draws", what, fix))


def _require_origin(prepared: Prepared, origin: int) -> None:
    name, last = prepared.file.situation.name, prepared.days.days - 1
    if not prepared.counts.camps:
        fix = "Leave the origin out, or add counts"
        raise InputError(Problem(name, "has no registrations to learn from", fix))
    if not 2 <= origin <= last:
        fix = f"Give a day from 2 to {last}"
        raise InputError(Problem("origin", f"day {origin} is not inside the period", fix))


def default_origin(prepared: Prepared) -> int | None:
    """The day after the last count, or a fifth of the period where counts cover it all."""
    if prepared.behaviour.literal or not prepared.counts.camps:
        return None
    after, days = _after_counts(prepared), prepared.days.days
    origin = after if after < days else int(FIRST * days)
    return origin if origin > 1 else None


def _after_counts(prepared: Prepared) -> int:
    """The day after the last count."""
    situation = prepared.file.situation
    last = max(day for counts in situation.counts for series in counts.series for day, _ in series)
    return (last - situation.first_day).days + 1


def _knows_totals(prepared: Prepared, origin: int | None) -> bool:
    """Whether who sets out after the origin is in the files."""
    return origin is None or prepared.days.placed is not None or origin < _after_counts(prepared)


def _begin(
    prepared: Prepared,
    draws: int,
    seed: int,
    origin: int | None,
    executor: Executor | None = None,
) -> Answer:
    """Journeys of a situation, from the origin asked for or the usual one."""
    origin = default_origin(prepared) if origin is None else origin
    known = _knows_totals(prepared, origin)
    return answer(
        prepared, draws=draws, seed=seed, origin=origin, known_totals=known, executor=executor
    )


def run(
    name: str | Path,
    *,
    rules: str = "default",
    draws: int = 100,
    seed: int = 1,
    origin: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
) -> Result:
    """Journeys of a situation, by (50) and (51), as long tables with a manifest.

    Parameters
    ----------
    name : str or Path
        Flee folder, journey file, or one that ships.
    rules : str
        `default` or `flee`.
    draws, seed : int
    origin : int, optional
        First day that is not known.
    parameters : mapping of str to number or table, optional
        Values or priors in place of the package's, see `corridors.parameters`; they also take the
        place of the situation's own settings.
    executor : concurrent.futures.Executor, optional
        Who works on batches of draws; by default this process. The answer does not depend on it.

    Returns
    -------
    Result
        DataFrames `places`, `links`, `shortfalls`, `shortfall_days`, `needs`, `arrivals`, `asylum`,
        `dangers`, `registered`, `warnings`, `parameters`, `spots`, `roads`; persons, km, days.
        Counts between 0 and 50 persons are not given (`few` is true).

    Raises
    ------
    InputError
        Something in the files or asked for is wrong: every problem at once.
    SourceError
        A file is missing or cannot be read.
    """
    file = journeys_folder.read(name)
    known = _overridden(file, parameters or {})
    if file.caravan is not None:
        return caravans.run(file, draws=draws, seed=seed)
    done = _begin(from_file(file, rules, known), draws, seed, origin, executor)
    listed = tables_of(done)
    return Result(listed, manifest_of(done, listed))


def _overridden(file: JourneyFile, given: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters of journeys with the asker's in their place; a caravan reads none of them."""
    if file.caravan is not None and given:
        what = f"the caravan reads no parameter {', '.join(given)}"
        raise InputError(Problem("parameters", what, "Change its file instead"))
    return override(given, ("journeys",))["journeys"]


# --- what-ifs --------------------------------------------------------------------------------


def compare(
    name: str | Path,
    *,
    what_ifs: str | Path | None = None,
    rules: str = "default",
    draws: int = 100,
    seed: int = 1,
    origin: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
) -> Result:
    """A baseline and its what-ifs, draw by draw under the same luck and parameters.

    Tables: those of `run` for the baseline, and `differences` (what_if, date, place, persons more
    than in the baseline, with the 80 per cent interval of the difference), `what_if_places` (as
    `places`, by what-if) and `what_if_shortfalls`.

    Parameters
    ----------
    name : str or Path
        Flee folder, journey file, or one that ships.
    what_ifs : str or Path, optional
        A file of what-ifs, instead of the situation's own.
    rules, draws, seed, origin, parameters, executor
        As `run`.

    Returns
    -------
    Result
        DataFrames, persons by (date, place).

    Raises
    ------
    InputError
        There is no what-if, or something in the files is wrong: every problem at once.
    SourceError
        A file is missing or cannot be read.

    Notes
    -----
    Both walk by (50) and (51).
    """
    file = journeys_folder.read(name)
    if what_ifs is not None:
        asked, notes = journeys_folder.read_what_ifs(Path(what_ifs), file.situation)
        situation = file.situation
        warnings = (*situation.warnings, *notes)
        file = replace(file, what_ifs=asked, situation=replace(situation, warnings=warnings))
    if not file.what_ifs:
        fix = "Add [[what_if]] to the file, or name one with --what-if FILE.toml"
        raise InputError(Problem(file.situation.name, "has no what-if", fix))
    known = _overridden(file, parameters or {})
    if file.caravan is not None:
        return caravans.compare(file, draws=draws, seed=seed)
    base = _begin(from_file(file, rules, known), draws, seed, origin, executor)
    others = _side_by_side(base, file.what_ifs, executor)
    base = _with_their_warnings(base, file.what_ifs, others)
    listed, before = tables_of(base), _everybody(base)
    parts, missing, there = [], {"baseline": listed["shortfalls"]}, {}
    for what_if, other in zip(file.what_ifs, others, strict=True):
        dates = other.prepared.days.dates
        parts.append(change_table(what_if.name, before, _everybody(other), dates))
        missing[what_if.name] = shortfalls_of(other)
        there[what_if.name] = there_of(other)
    listed |= what_if_tables(parts, missing, there)
    titles = {what_if.name: what_if.title for what_if in file.what_ifs}
    return Result(listed, manifest_of(base, listed, what_ifs=titles))


def _with_their_warnings(
    base: Answer, what_ifs: Sequence[WhatIf], others: Sequence[Answer]
) -> Answer:
    """The baseline with what a reader should know of its what-ifs, by name."""
    warnings = list(base.prepared.warnings)
    for what_if, other in zip(what_ifs, others, strict=True):
        notes = [note for note in other.prepared.warnings if note not in warnings]
        notes += [
            Problem(lift.where, "lifts no closure of the file", "Name one as the file does")
            for lift in what_if.changes.lifted
            if not any(map(lift.lifts, base.prepared.file.situation.closures))
        ]
        warnings += [replace(note, where=f"{what_if.name}: {note.where}") for note in notes]
    return replace(base, prepared=replace(base.prepared, warnings=tuple(warnings)))


def _side_by_side(
    base: Answer, what_ifs: Sequence[WhatIf], executor: Executor | None
) -> list[Answer]:
    """Every what-if; with an executor at once, so that it has their draws to choose from."""
    if executor is None or not what_ifs:
        return [_what_if(base, what_if, None) for what_if in what_ifs]
    with ThreadPoolExecutor(len(what_ifs)) as threads:
        return list(threads.map(lambda what_if: _what_if(base, what_if, executor), what_ifs))


def _what_if(base: Answer, what_if: WhatIf, executor: Executor | None) -> Answer:
    """The baseline with changes, from the same fitted parameters."""
    file = base.prepared.file
    changed = replace(file, situation=file.situation.with_changes(what_if.changes))
    prepared = from_file(changed, base.prepared.rules, base.prepared.declared)
    return answer(
        prepared,
        draws=base.draws,
        seed=base.seed,
        origin=base.origin,
        fitted=base.fitted,
        known_totals=base.known_totals,
        executor=executor,
    )


def _everybody(done: Answer) -> tuple[Counted, tuple[str, ...]]:
    """People of every draw at each place or its gate, errors of past forecasts left out."""
    journeys = done.journeys
    return journeys.people + journeys.waiting, done.prepared.roads.places
