"""Claim files: TOML read and checked whole, every problem in one error.

One claim stands at the top level of a file, or several as `[[claim]]`; keys above them (`document`,
`date`) hold for all. The claim is told in the teller's own words: no document is quoted.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corridors.errors import InputError, Problem, SourceError, nearest

__all__ = ["VERDICTS", "Causal", "Claim", "Measure", "Reading", "documents", "read", "shipped"]

HERE = Path(__file__).parent
#: Verdicts, and what each says.
VERDICTS = {
    "supported": "the measure agrees within the tolerance",
    "other_reading": "true of another quantity that the words allow",
    "off_by_factor": "of the wrong size: the field factor says claimed over measured",
    "contradicted": "the measure says otherwise",
    "not_checkable": "no series here settles it; the claim names the one that would",
    "not_statistic": "an event, a demand or a date: nothing to measure",
}
WAYS = ("sql", "card", "study", "journey", "panel")
TOLERANCE = 0.1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(_Strict):
    """How a figure is obtained: exactly one of `sql`, `card`, `study`, `journey`, `panel`.

    Parameters
    ----------
    sql : one SELECT with one row; its column `value`, or the only number in it, is the figure.
        Columns `lower_95`, `upper_95`, `year`, `kind`, `source` are taken where they are there
    card : `place PHL`, `corridor MEX USA` or `world`; with `figure`, `year`, `table`
    study : name or file of a study; with `name`, `policy`, `capital`; `change` takes the relative
        change against today
    journey : folder or shipped situation; with `place` and `day` (or the claim's date)
    panel : name of an estimate in `corridors.claims.panels`
    unit : of the figure; without it base units (persons, USD, shares) or the claim's, whichever
        is nearer to what is claimed
    """

    sql: str | None = None
    card: str | None = None
    study: str | None = None
    journey: str | None = None
    panel: str | None = None
    figure: str | None = None
    year: int | None = None
    table: str | None = None
    name: str | None = None
    policy: str | None = None
    capital: str | None = None
    change: bool = False
    draws: int | None = Field(default=None, ge=0, le=100_000)
    place: str | None = None
    day: dt.date | None = None
    unit: str | None = None
    kind: Literal["reported", "modelled", "assumed"] | None = None
    source: str | None = None

    @property
    def way(self) -> str:
        """The one key of `WAYS` that is given."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @model_validator(mode="after")
    def _one_way(self) -> Measure:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"names {len(given)} of {', '.join(WAYS)} instead of one")
        return self


class Reading(_Strict):
    """What the words may mean and its measure; `known`: when the document was written, or now.

    `repeats` marks a figure that only repeats the release which the document quotes: it says where
    the claim comes from, and checks nothing.
    """

    words: str
    measure: Measure
    known: Literal["then", "now"] = "now"
    repeats: bool = False


class Causal(_Strict):
    """What causes what: a measure of the model or of a panel, beside what others found."""

    question: str
    measure: Measure
    literature: str = ""
    cannot_tell: str


class Claim(_Strict):
    """A claim as written; `measure` is its first reading.

    Parameters
    ----------
    relation : whether the figure is about `value`, or more or less than it
    ours : `value` is a bound that we put on words without a number, so no factor is told
    series : what would settle a claim that cannot be checked, and `why` it cannot
    not_statistic : why there is nothing to measure
    verdict : the recorded one; a computed verdict that differs is a finding
    """

    id: str
    document: str = ""
    date: dt.date | str = ""
    claim: str
    quantity: str = ""
    value: float | None = None
    unit: str = ""
    place: str = ""
    year: int | str | None = None
    tolerance: float = Field(default=TOLERANCE, ge=0.0, lt=1.0)
    relation: Literal["about", "more than", "less than"] = "about"
    ours: bool = False
    words: str = ""
    known: Literal["then", "now"] = "now"
    repeats: bool = False
    measure: Measure | None = None
    reading: tuple[Reading, ...] = ()
    causal: tuple[Causal, ...] = ()
    series: str = ""
    why: str = ""
    not_statistic: str = ""
    note: str = ""
    verdict: str | None = None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Every reading, the first one first."""
        if self.measure is None:
            return self.reading
        words = self.words or self.quantity or "as the words say"
        first = Reading(words=words, measure=self.measure, known=self.known, repeats=self.repeats)
        return (first, *self.reading)


@functools.cache
def documents() -> dict[str, dict[str, str]]:
    """The documents whose claims ship: title and date by letter."""
    return of_package("documents.toml")


def of_package(name: str) -> dict[str, Any]:
    """A list kept beside this module."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


@functools.cache
def shipped() -> tuple[Claim, ...]:
    """The claims in the package, in the order of their numbers.

    Raises
    ------
    InputError, SourceError
        A file of the package is wrong, or cannot be read.
    """
    listed = [claim for file in sorted(HERE.glob("shipped/*.toml")) for claim in read(file)]
    return tuple(sorted(listed, key=lambda claim: claim.id))


def read(file: str | Path) -> tuple[Claim, ...]:
    """Read and check a claim file.

    Raises
    ------
    InputError
        Lists everything wrong with the file.
    SourceError
        The file is not there, or cannot be read.
    """
    path = Path(file)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(Problem(str(file), f"is not TOML: {error}", "Correct the file")) from None
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror}. Check the path") from None
    return check(path.stem, content)


def check(name: str, content: dict[str, Any]) -> tuple[Claim, ...]:
    """The claims of a file's content; raises `InputError` with every problem."""
    listed = content.get("claim")
    if isinstance(listed, list):
        shared = {key: value for key, value in content.items() if key != "claim"}
        tables = [shared | table if isinstance(table, dict) else {} for table in listed]
    else:
        tables = [content]
    claims: list[Claim] = []
    problems: list[Problem] = []
    for number, table in enumerate(tables, start=1):
        own = name if len(tables) == 1 else f"{name}-{number}"
        where = f"{name}: {table.get('id', own)}"
        try:
            claims.append(Claim.model_validate({"id": own, **table}))
        except ValidationError as error:
            problems += _problems(where, error)
            continue
        problems += _senseless(where, claims[-1])
    twice = sorted(
        {claim.id for claim in claims if [other.id for other in claims].count(claim.id) > 1}
    )
    problems += [
        Problem(f"{name}: {again}", "occurs twice", "Give it its own id") for again in twice
    ]
    if problems:
        raise InputError(problems)
    return tuple(claims)


def _problems(where: str, error: ValidationError) -> list[Problem]:
    """Pydantic's complaints as ours, with the nearest key."""
    problems = []
    for complaint in error.errors():
        path = ".".join(str(part) for part in complaint["loc"])
        at = f"{where}: {path}" if path else where
        what, fix = complaint["msg"], "Add it" if complaint["type"] == "missing" else "Correct it"
        if complaint["type"] == "extra_forbidden":
            model = Measure if "measure" in complaint["loc"] else Claim
            key = str(complaint["loc"][-1])
            close = ", ".join(nearest(key, model.model_fields))
            what, fix = f"there is no key '{key}'", f"Did you mean {close}?"
        problems.append(Problem(at, what.removeprefix("Value error, "), fix))
    return problems


def _senseless(where: str, claim: Claim) -> list[Problem]:
    """What no single key can be blamed for."""
    problems = []
    if claim.verdict is not None and claim.verdict not in VERDICTS:
        close = ", ".join(nearest(claim.verdict, VERDICTS))
        what = f"'{claim.verdict}' is not a verdict"
        problems.append(Problem(f"{where}: verdict", what, f"Did you mean {close}?"))
    if claim.readings and claim.value is None:
        what = "is missing, so a measure has nothing to be held against"
        problems.append(Problem(f"{where}: value", what, "Give the number claimed"))
    if claim.readings and claim.not_statistic:
        what = "stands beside a measure"
        problems.append(Problem(f"{where}: not_statistic", what, "Keep one of the two"))
    return problems
