"""The commands of `corridors journeys`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corridors.cli.executors import Scheduler, Workers, executor_if_asked
from corridors.cli.printing import AsJson
from corridors.cli.settings import Settings, read_settings

if TYPE_CHECKING:
    from corridors.world import Result

journeys = typer.Typer(
    no_args_is_help=True,
    help="""Journeys day by day, from a border that closes to the beds that are missing.

    Try `corridors journeys check FOLDER`, then `run`, `score` or `compare`. FOLDER is a Flee
    folder, a journey file (TOML), or the shipped `caravan-2018`.""",
)

Name = Annotated[str, typer.Argument(metavar="FOLDER_OR_STUDY", help="Where the situation is.")]
Rules = Annotated[str, typer.Option(help="default, or flee: the reference simulator as it is.")]
Draws = Annotated[int, typer.Option(min=1, max=100_000, help="Draws of luck and parameters.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the draws.")]
Origin = Annotated[
    int | None, typer.Option(min=2, help="First day not known; default: after the last count.")
]
ScoreOrigin = Annotated[
    str, typer.Option(help="First day not known: a share of the days (0.2), a day, or a date.")
]
Arrivals = Annotated[
    str, typer.Option(help="After the origin: known (the day's total), or forecast.")
]
Out = Annotated[Path | None, typer.Option(help="Folder for tables, report and manifest.")]


@journeys.command()
def check(name: Name, rules: Rules = "default", as_json: AsJson = False) -> None:
    """Read a situation, stop at what is wrong, and list what is worth knowing."""
    from corridors.study import journey_inputs

    prepared = journey_inputs.prepare(name, rules)
    warnings = [str(warning) for warning in prepared.warnings]
    about = {
        "name": prepared.file.situation.name,
        "first_day": prepared.file.situation.first_day.isoformat(),
        "days": prepared.days.days,
        "places": len(prepared.roads.places),
        "roads": len(prepared.file.situation.roads),
        "registered": list(prepared.counts.camps),
        "what_ifs": [what_if.name for what_if in prepared.file.what_ifs],
        "warnings": warnings,
    }
    if as_json:
        _print_json(about)
        return
    places, roads, days = about["places"], about["roads"], about["days"]
    print(f"{about['name']}: {places} places, {roads} roads, {days} days from {about['first_day']}")
    _warn(warnings)


@journeys.command()
def run(
    name: Name,
    rules: Rules = "default",
    draws: Draws = 100,
    seed: Seed = 1,
    origin: Origin = None,
    out: Out = None,
    as_json: AsJson = False,
    settings: Settings = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
) -> None:
    """Run a situation: people by place and day, shortfalls, needs; with intervals."""
    from corridors.study import journey_run as study

    _check(out)
    with executor_if_asked(scheduler, workers) as executor:
        result = study.run(
            name,
            rules=rules,
            draws=draws,
            seed=seed,
            origin=origin,
            parameters=read_settings(settings),
            executor=executor,
        )
    _deliver(result, out, as_json, ("shortfalls", "arrivals", "asylum"))


@journeys.command()
def score(
    name: Name,
    rules: Rules = "default",
    draws: Draws = 10,
    seed: Seed = 1,
    origin: ScoreOrigin = "0.2",
    arrivals: Arrivals = "known",
    as_json: AsJson = False,
    scheduler: Scheduler = None,
    workers: Workers = None,
) -> None:
    """Score a situation against its registrations, with nothing known after the origin."""
    from corridors.show import records
    from corridors.study import journey_scores

    with executor_if_asked(scheduler, workers) as executor:
        scores = journey_scores.score(
            name,
            rules=rules,
            draws=draws,
            seed=seed,
            origin=origin,
            arrivals=arrivals,
            executor=executor,
        )
    if as_json:
        if "rows" in scores:
            scores["rows"] = records.plain(scores["rows"]).to_dict("records")
        _print_json(scores)
        return
    _warn(scores["warnings"])
    if "reported" in scores:  # a caravan: sizes, not registrations
        met, inside = scores["met_by_80_percent_interval"], scores["median_in_reported_range"]
        print(f"{scores['reported']} reported sizes, {draws} draws")
        print(f"  met by the 80 % interval   {met}")
        print(f"  median in what is reported {inside}")
        return
    _print_scores(scores)


def _print_scores(scores: dict[str, Any]) -> None:
    """Errors by days after the origin, ours beside the others; and how often intervals hold."""
    about = f"rules {scores['rules']}, arrivals {scores['arrivals']}, {scores['draws']} draws"
    print(f"Scored from {scores['scored_from']}, {about}")
    names = {
        "ours": "ours",
        "last_shares": "last shares",
        "recent_split": "recent split",
        "flee": "Flee",
    }
    if "flee" not in scores["by_horizon"][0]:
        names.pop("flee")
    print("Error, a share of the people counted")
    print(f"{'days after the origin':>22}" + "".join(f"{name:>14}" for name in names.values()))
    for row in scores["by_horizon"]:
        days = f"{row['first_day']}-{row['last_day']}"
        print(f"{days:>22}" + "".join(f"{row[name]:14.3f}" for name in names))
    for row in scores.get("by_horizon_corrected", []):
        days = f"{row['first_day']}-{row['last_day']} corrected"
        print(f"{days:>22}" + "".join(f"{row[name]:14.3f}" for name in names))
    for what, key in (("people-days", "people"), ("camp-days", "camp_days")):
        shares = scores["coverage"][key]
        inside = ", ".join(f"{level} %: {share:.2f}" for level, share in shares.items())
        print(f"{what + ' inside':>22}  {inside}")
    for row in scores["missed80"]:
        days = f"{row['first_day']}-{row['last_day']}"
        print(
            f"{'80 %, ' + days:>22}  people {row['people']:.2f} (below {row['people_below']:.2f}, "
            f"above {row['people_above']:.2f}), of {row['number_of_camp_days']} camp-days "
            f"{row['camp_days']:.2f}"
        )
    if "totals_at_origin" in scores and scores["arrivals"] == "known":
        blind = scores["totals_at_origin"]["error_normal"]["mean"]
        print(f"{'arrivals not known':>22}{blind:14.3f} over all days")


@journeys.command()
def compare(
    name: Name,
    what_if: Annotated[
        Path | None, typer.Option("--what-if", help=r"TOML file with \[\[what_if]] entries.")
    ] = None,
    rules: Rules = "default",
    draws: Draws = 100,
    seed: Seed = 1,
    origin: Origin = None,
    out: Out = None,
    as_json: AsJson = False,
    settings: Settings = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
) -> None:
    """Set what-ifs beside the baseline, under the same luck."""
    from corridors.study import journey_run as study

    _check(out)
    with executor_if_asked(scheduler, workers) as executor:
        result = study.compare(
            name,
            what_ifs=what_if,
            rules=rules,
            draws=draws,
            seed=seed,
            origin=origin,
            parameters=read_settings(settings),
            executor=executor,
        )
    _deliver(result, out, as_json, ("what_if_shortfalls",))


def _check(out: Path | None) -> None:
    """Refuse a folder that cannot take a result, before anything is computed."""
    from corridors.data import results

    if out is not None:
        results.check_folder(out)


def _deliver(result: Result, out: Path | None, as_json: bool, shown: tuple[str, ...]) -> None:
    """Write the result to a folder if asked, and print its main tables."""
    from corridors.cli.printing import printing, say
    from corridors.show import records, tables
    from corridors.show.report import journeys as journey_report

    _warn(result.manifest["warnings"])
    if out is not None:
        result.save(out)
        say(f"written to {out}/: report.html, manifest.json, tables")
    if as_json:
        listed = [name for name in shown if name in result.tables]
        parts = {name: records.plain(result[name]).to_dict("records") for name in listed}
        _print_json({"manifest": result.manifest, **parts})
        return
    with printing():
        for grid in journey_report.grids(result, shown):
            tables.console(grid)


def _warn(warnings: list[str]) -> None:
    from corridors.cli.printing import say

    for warning in warnings:
        say(f"warning: {warning}")


def _print_json(content: dict[str, Any]) -> None:
    import json

    from corridors.cli.printing import printing

    with printing():
        print(json.dumps(content, ensure_ascii=False, allow_nan=False, default=str))
