"""Findings as rows: one schema for the screen, JSON, CSV and the page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from corridors.claims.files import VERDICTS, documents
from corridors.claims.verdicts import Finding, recorded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "READING_COLUMNS", "counts", "document", "readings", "rows"]

#: Columns of a list of findings; the first seven are promised to programs.
COLUMNS = {
    "id": "number of the claim",
    "verdict": "; ".join(f"{name}: {says}" for name, says in VERDICTS.items()),
    "claimed": "the number claimed, in unit",
    "measured": "the figure behind the verdict, in unit; null where there is none",
    "unit": "unit of claimed and measured",
    "source": "publisher of the figure",
    "command": "what repeats the measure",
    "factor": "claimed over measured, where the claim is of the wrong size",
    "lower": "lower end of the figure's interval",
    "upper": "upper end of the figure's interval",
    "kind": "reported, modelled or assumed",
    "year": "year of the figure",
    "edition": "edition of the tables",
    "reading": "what the words were taken to mean",
    "known_then": "a figure known when the document was written, in unit",
    "known_now": "a figure known now, in unit",
    "recorded": "the verdict recorded for this claim",
    "computed": "whether more was measured than the release that the document quotes",
    "document": "title of the document",
    "date": "date of the document or of what it says",
    "claim": "the claim in our words",
    "quantity": "what is claimed to be of this size",
    "place": "where",
    "why": "why there is no figure, or what to know",
    "series": "the series that would settle it",
}
READING_COLUMNS = {
    "reading": "what the words may mean",
    "measured": "the figure, in the unit of the claim",
    "lower": "lower end of its interval",
    "upper": "upper end of its interval",
    "agrees": "whether it bears the claim out",
    "known": "then: when the document was written; now",
    "kind": "reported, modelled or assumed",
    "year": "year of the figure",
    "source": "publisher",
    "command": "what repeats the measure",
}


def document(finding: Finding) -> str:
    """Title of the document, by its letter for the shipped ones."""
    told = finding.claim.document
    return documents()[told]["title"] if told in documents() else told


def rows(findings: Sequence[Finding]) -> pd.DataFrame:
    """What was claimed and what was found, one row a claim.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Claimed and measured values in the unit of the claim, which has a column; document and
        source of each.

    Raises
    ------
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    import pandas as pd

    return pd.DataFrame([_row(finding) for finding in findings], columns=list(COLUMNS))


def _row(finding: Finding) -> dict[str, object]:
    claim, read = finding.claim, finding.decided
    figure = read.figure if read else None
    date = claim.date or (
        documents()[claim.document]["date"] if claim.document in documents() else ""
    )
    return {
        "id": claim.id,
        "verdict": finding.verdict,
        "claimed": claim.value,
        "measured": read.value if read else None,
        "unit": claim.unit,
        "source": figure.source if figure else "",
        "command": _command(finding),
        "factor": finding.factor,
        "lower": read.lower if read else None,
        "upper": read.upper if read else None,
        "kind": figure.kind if figure else "",
        "year": figure.year if figure else str(claim.year or ""),
        "edition": figure.edition if figure else "",
        "reading": read.reading.words if read else "",
        "known_then": finding.known("then"),
        "known_now": finding.known("now"),
        "recorded": recorded(claim),
        "computed": finding.computed,
        "document": document(finding),
        "date": str(date),
        "claim": claim.claim,
        "quantity": claim.quantity,
        "place": claim.place,
        "why": " ".join(_sentences(finding.why, claim.why, claim.note)),
        "series": claim.series,
    }


def _sentences(*texts: str) -> list[str]:
    """The texts that say something, each once and with a full stop."""
    return [text if text.endswith(".") else f"{text}." for text in dict.fromkeys(texts) if text]


def _command(finding: Finding) -> str:
    figure = finding.decided.figure if finding.decided else None
    return (figure.command if figure else "") or f"corridors claims {shlex.quote(finding.claim.id)}"


def readings(finding: Finding) -> pd.DataFrame:
    """What each reading of one claim says, one row a reading.

    Returns
    -------
    DataFrame (`READING_COLUMNS`)
        `measured`, `lower`, `upper` in the unit of the claim, with kind, year, source and the
        command that prints it.
    """
    import pandas as pd

    listed = [
        {
            "reading": read.reading.words,
            "measured": read.value,
            "lower": read.lower,
            "upper": read.upper,
            "agrees": {True: "yes", False: "no", None: "cannot tell"}[read.agrees],
            "known": read.reading.known,
            "kind": read.figure.kind,
            "year": read.figure.year,
            "source": read.figure.source,
            "command": read.figure.command,
        }
        for read in finding.reads
    ]
    return pd.DataFrame(listed, columns=list(READING_COLUMNS))


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    """How many claims have each verdict, in the order of `VERDICTS`."""
    return {name: sum(finding.verdict == name for finding in findings) for name in VERDICTS}
