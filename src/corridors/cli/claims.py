"""The command `corridors claims`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.claims import Claim, Finding

__all__ = ["claims"]

#: Exit code where a verdict is another than the recorded one.
DIFFERS = 1
#: Draws of the model for a question of cause, unless told otherwise: an interval of 80 per cent.
DRAWS = 20

AsJson = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print rows as CSV.")]


def claims(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="C15, ...; default: all.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A claim file (TOML) of your own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write one HTML page to this file.")] = None,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the model for causes.")] = DRAWS,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Check claims: what was said, what the figures say, and the command that repeats it.

    Exits with 1 where a verdict is another than the recorded one.
    """
    from corridors.claims import tables
    from corridors.claims.files import read, shipped
    from corridors.claims.verdicts import judge_all
    from corridors.cli.printing import one_format, print_rows, say

    one_format(as_json, as_csv)
    asked = _chosen(shipped() if file is None else read(file), ids or [])
    findings = judge_all(asked)
    single = len(findings) == 1
    if as_json or as_csv:
        print_rows("claims", tables.rows(findings), tables.COLUMNS, as_json, as_csv)
    elif single:
        _print_one(findings[0], draws)
    else:
        _print_list(findings)
    if out is not None:
        from corridors.show.report import claims as page

        page.write(out, findings, draws)
        say(f"written: {out}")
    different = [finding for finding in findings if finding.differs]
    for finding in different:
        told = tables.rows([finding]).iloc[0]
        say(f"{finding.claim.id}: {finding.verdict}, recorded as {told['recorded']}")
    if different:
        raise typer.Exit(DIFFERS)


def _chosen(listed: Sequence[Claim], ids: list[str]) -> list[Claim]:
    """The claims named, or all; raises `InputError` with every unknown name."""
    known = {claim.id: claim for claim in listed}
    folded = {name.casefold(): name for name in known}
    problems = [
        Problem("claim", f"there is no claim '{name}'", f"Did you mean {', '.join(close)}?")
        for name in ids
        if name.casefold() not in folded
        for close in [nearest(name, known)]
    ]
    if problems:
        raise InputError(problems)
    return [known[folded[name.casefold()]] for name in ids] or list(listed)


def _print_list(findings: Sequence[Finding]) -> None:
    from corridors.cli.printing import printing, say
    from corridors.show import tables
    from corridors.show.report.claims import overview, summary

    with printing():
        tables.console(overview(findings))
    say(summary(findings))


def _print_one(finding: Finding, draws: int) -> None:
    from corridors.cli.printing import printing
    from corridors.show import tables
    from corridors.show.report import claims as page

    with printing():
        print(page.heading(finding))
        for line in page.paragraphs(finding):
            print(line)
        for grid in page.grids(finding, draws):
            tables.console(grid)
