"""How findings on claims look: the list, one claim, and one HTML page with a picture of each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from corridors.claims import tables as rows_of
from corridors.claims.files import VERDICTS
from corridors.claims.recorded import recorded_causes
from corridors.claims.verdicts import Finding, cause, recorded
from corridors.show import figure as paper
from corridors.show import plots
from corridors.show.report import page
from corridors.show.report.page import Picture, Report, Section, Source, Stamp
from corridors.show.tables import Column, Grid

__all__ = [
    "grids",
    "heading",
    "number_in_words",
    "overview",
    "paragraphs",
    "report",
    "summary",
    "write",
]

CLAIMED = "claimed"
#: Letters of a reading beside its bar; the table under the picture has all of them.
LABEL = 34
#: From so many draws on an interval is of 95 per cent.
MANY = 200


def summary(findings: Sequence[Finding]) -> str:
    """How many claims have each verdict, and how many were computed."""
    counted = rows_of.counts(findings)
    computed = sum(finding.computed for finding in findings)
    words = ", ".join(f"{number} {_words(name)}" for name, number in counted.items() if number)
    return f"{len(findings)} claims: {words}; {computed} computed"


def overview(findings: Sequence[Finding]) -> Grid:
    """Every claim in a line: claimed and measured, in its unit, and the verdict.

    Raises
    ------
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    table = rows_of.rows(findings)
    table = table.assign(
        verdict=table["verdict"].map(_words),
        claimed=[number_in_words(number) for number in table["claimed"]],
        measured=[number_in_words(number) for number in table["measured"]],
    )
    columns = (
        Column("id"),
        Column("claim"),
        Column("claimed"),
        Column("measured"),
        Column("unit"),
        Column("verdict"),
    )
    return Grid(table, columns, note="`corridors claims ID` shows readings, sources and commands.")


def heading(finding: Finding) -> str:
    """The claim and its verdict in a line each.

    Raises
    ------
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    claim = finding.claim
    factor = f" (factor {finding.factor:.3g})" if finding.factor else ""
    known = recorded(claim)
    told = f", recorded as {_words(known)}" if finding.differs and known else ""
    return f"{claim.id}: {claim.claim}\n{_words(finding.verdict)}{factor}{told}"


def paragraphs(finding: Finding) -> Iterator[str]:
    """What to know of a claim, a sentence or two each.

    Raises
    ------
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    row = rows_of.rows([finding]).iloc[0]
    about = [row["document"], row["date"]]
    yield ", ".join(part for part in about if part)
    claim = finding.claim
    if claim.value is not None and finding.verdict != "not_statistic":
        relation = "" if claim.relation == "about" else f"{claim.relation} "
        ours = "; the bound is ours, put on words" if claim.ours else ""
        yield (
            f"Claimed: {claim.quantity or 'figure'}, {relation}{number_in_words(claim.value)} "
            f"{claim.unit}{ours}; tolerance {100 * claim.tolerance:.0f} %."
        )
    if finding.decided:
        yield (
            f"{_words(finding.verdict)[:1].upper()}{_words(finding.verdict)[1:]}: "
            f"{_measured(finding)}."
        )
    if row["why"]:
        yield str(row["why"])
    if claim.series:
        yield f"What would settle it: {claim.series}"


def _measured(finding: Finding) -> str:
    read = finding.decided
    assert read is not None
    figure = read.figure
    span = ""
    if read.lower is not None and read.upper is not None:
        span = f" [{number_in_words(read.lower)} to {number_in_words(read.upper)}]"
    about = ", ".join(part for part in (figure.kind, figure.year, figure.source) if part)
    return (
        f"{read.reading.words}: {number_in_words(read.value)} {finding.claim.unit}{span} ({about})"
    )


def grids(finding: Finding, draws: int) -> Iterator[Grid]:
    """The readings of one claim, in its unit, and what the model or a panel says of causes.

    Raises
    ------
    InputError
        A causal question cannot be asked.
    """
    table = rows_of.readings(finding)
    if len(table):
        table = table.assign(
            measured=[number_in_words(number) for number in table["measured"]],
            interval=[
                _span(low, high) for low, high in zip(table["lower"], table["upper"], strict=True)
            ],
        )
        columns = [Column(name) for name in ("reading", "measured", "interval", "agrees", "known")]
        columns += [Column(name) for name in ("kind", "year", "source")]
        yield Grid(table, tuple(columns), f"Readings, {finding.claim.unit}")
        commands = table[["command"]].drop_duplicates()
        yield Grid(commands, (Column("command"),), "To repeat it")
    if finding.claim.causal:
        yield _causes(finding, draws)


def _causes(finding: Finding, draws: int) -> Grid:
    listed = []
    for causal in finding.claim.causal:
        figure = cause(finding.claim, causal, draws=draws)
        told = recorded_causes().get((finding.claim.id, causal.question), {})
        listed.append(
            {
                "question": causal.question,
                "answer": _percent(figure.value),
                "interval": " to ".join(
                    _percent(end) for end in (figure.lower, figure.upper) if end is not None
                ),
                "recorded": _percent(told.get("value")),
                "literature": causal.literature,
                "cannot": causal.cannot_tell,
                "command": figure.command,
            }
        )
    columns = (
        Column("question"),
        Column("answer"),
        Column("interval", "interval"),
        Column("recorded"),
        Column("literature"),
        Column("cannot", "what neither can tell"),
        Column("command"),
    )
    level = 95 if draws >= MANY else 80
    note = (
        "Modelled: the shown policy against today; people abroad or pay, as the question says. "
        f"Interval of {level} % over {draws} draws of the parameters."
    )
    return Grid(pd.DataFrame(listed), columns, "What causes what", note)


def write(path: str | Path, findings: Sequence[Finding], draws: int) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    InputError
        A causal question cannot be asked.
    SourceError
        The file cannot be written; an older one stays.
    """
    return page.write(path, report(findings, draws))


def report(findings: Sequence[Finding], draws: int) -> Report:
    """One page: counts, the list, and a section a claim with its picture and commands.

    Raises
    ------
    InputError
        A causal question cannot be asked.
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    from corridors import __version__

    listed = overview(findings)
    sections = [Section("Every claim", tables=(listed,))]
    sections += [_section(finding, draws) for finding in findings]
    sources = dict.fromkeys(
        read.figure.source for finding in findings for read in finding.reads if read.figure.source
    )
    return Report(
        title="Claims",
        question="What was said, what is so, and where anyone can check.",
        answer=(summary(findings) + ".",),
        sections=tuple(sections),
        assumptions=(
            "A claim agrees where it is within its tolerance of the measure, ten per cent unless "
            "it says otherwise; the first reading decides, others are told.",
            *(f"{_words(name)}: {says}." for name, says in VERDICTS.items()),
        ),
        left_out=(
            "What a document means beyond the number, and whether the number matters.",
            "Figures that only repeat the release a document quotes are shown and not counted "
            "as computed.",
        ),
        sources=tuple(Source(source) for source in sources),
        stamp=Stamp(__version__, "", "the tables that ship with this version"),
    )


def _section(finding: Finding, draws: int) -> Section:
    picture = _picture(finding)
    claim, verdict = finding.claim, heading(finding).splitlines()[1]
    return Section(
        claim.id,
        "\n\n".join([claim.claim, f"Verdict: {verdict}.", *paragraphs(finding)]),
        figures=(picture,) if picture else (),
        tables=tuple(grids(finding, draws)),
    )


def _picture(finding: Finding) -> Picture | None:
    """Bars: what was claimed and what each reading measured."""
    claim = finding.claim
    known = [read for read in finding.reads if read.value is not None]
    if claim.value is None or not known:
        return None
    words = f"{CLAIMED} (our bound)" if claim.ours else CLAIMED
    bars = [(words, claim.value, claim.value, claim.value)]
    for read in known:
        assert read.value is not None
        lower = read.value if read.lower is None else read.lower
        upper = read.value if read.upper is None else read.upper
        words = textwrap.shorten(read.reading.words, LABEL, placeholder=" …")
        bars.append((words, read.value, lower, upper))
    table = pd.DataFrame(bars, columns=["label", "value", "lower", "upper"])
    kinds = list(dict.fromkeys(read.figure.kind for read in known if read.figure.kind))
    spans = (
        {"low": "lower", "high": "upper"} if any(read.lower is not None for read in known) else {}
    )
    title = f"{claim.id}: {claim.quantity or claim.claim}"
    drawn = plots.bars(
        table,
        label="label",
        value="value",
        **spans,
        unit="number",
        title=title,
        subtitle=claim.unit,
        source="; ".join(dict.fromkeys(read.figure.source for read in known if read.figure.source)),
        kind=", ".join(kinds) if kinds else "modelled",
    )
    return Picture(paper.svg(drawn), f"Bars of what was claimed and what was measured: {title}")


def _words(name: str) -> str:
    return name.replace("_", " ")


def number_in_words(value: object) -> str:
    """A number as a reader writes it, every figure of a small one, none where there is none."""
    if value is None or value != value:
        return ""
    number = float(str(value))
    if abs(number) >= 1000 and number == round(number):
        return f"{number:,.0f}".replace(",", "\u202f")
    return f"{number:.4g}" if abs(number) < 1e5 else f"{number:,.0f}".replace(",", "\u202f")


def _span(low: object, high: object) -> str:
    both = number_in_words(low), number_in_words(high)
    return " to ".join(both) if all(both) else ""


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:+.2g} %"
