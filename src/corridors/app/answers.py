"""What the API answers, route by route, and what it takes; the types of the page are made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from typing_extensions import TypeAliasType

from corridors.baseline import CHANNELS
from corridors.capital.supply import Closure
from corridors.study import StudyFile
from corridors.study.progress import Stage

__all__ = [
    "Answer", "Area", "Card", "Columns", "Ends", "Focus", "Gains", "Group", "Job", "Journey",
    "Journeys", "Lever", "LeverField", "LeverUse", "Matrix", "Measure", "Meta", "Palette",
    "Palettes", "Parameter", "ParameterUse", "People", "Place", "Preset", "Quantity", "ReadStudy",
    "Refusal", "ShippedJourney", "Source", "Sources", "Step", "Studies", "Trace", "Truth", "Whole",
    "World", "WorldOf", "Wrong",
]  # fmt: skip


def _whole(given: Any) -> Any:
    """A whole number is one in any notation, 40.0 too; no truth value and no text."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


#: As JSON Schema has them: what looks like one is refused.
Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
#: A group on the road. (Bounds after the validator pydantic would describe as no schema has them.)
People = Annotated[int, Field(strict=True, ge=100, le=1_000_000), BeforeValidator(_whole)]
Truth = Annotated[bool, Field(strict=True)]
Cell = str | bool | int | float | None
#: A code, a name or a group of areas; the API's document lists those that the page offers.
Place = TypeAliasType("Place", str)
#: A lever by its name, with the values of its fields; the API's document describes each.
LeverUse = TypeAliasType("LeverUse", dict[str, dict[str, Any]])
#: Values of parameters by name; the API's document describes each.
ParameterUse = TypeAliasType("ParameterUse", dict[str, Any])


class _Shape(BaseModel):
    """Exactly these keys: an answer with another is a fault of the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Shape):
    """A table: names of its columns, and its rows; null is not known."""

    cols: list[str]
    rows: list[list[Cell]]


# --- refusals --------------------------------------------------------------------------------


class Wrong(_Shape):
    """One thing that is wrong: where, what, and what to do."""

    where: str
    what: str
    fix: str


class Fault(_Shape):
    """Why a question was refused; `problems` lists everything that is wrong with it."""

    code: str
    message: str
    field: str
    hint: str
    problems: list[Wrong] = []


class Refusal(_Shape):
    """The body of every answer that is none."""

    error: Fault


# --- what the page must know -----------------------------------------------------------------


class LeverField(_Shape):
    """A field of a lever as it is declared: its range, unit, and where its default is from."""

    name: str
    kind: Literal["number", "choice", "names"]
    default: float | str | None
    optional: bool
    unit: str
    help: str
    source: str
    lower: float
    upper: float
    choices: list[str]


class Ends(_Shape):
    """Corridors by their ends."""

    birthplace: str | list[str]
    residence: str | list[str]
    skill: str | list[str]
    status: str | list[str]


class Lever(_Shape):
    """A lever as it is declared; `where` are its corridors by default, if it acts on corridors."""

    name: str
    title: str
    subject: str
    help: str
    fields: list[LeverField]
    where: Ends | None


class Quantity(_Shape):
    """A measure of an answer."""

    name: str
    title: str
    unit: str


class Area(_Shape):
    """An area, with a point on the map and other names to look for; null is not known."""

    code: str
    iso2: str | None
    name: str
    short: str
    region: str | None
    income_group: str | None
    longitude: float | None
    latitude: float | None
    aliases: list[str]


class Group(_Shape):
    """A group of areas."""

    name: str
    members: list[str]
    aliases: list[str]


class Parameter(_Shape):
    """An assumed number of the model, its prior and where it is from."""

    name: str
    part: str
    title: str
    value: Cell
    unit: str
    source: str
    kind: Literal["reported", "assumed"]
    lower: float | None
    upper: float | None
    symbol: str
    prior: dict[str, Cell] | None
    status: str
    channel: str
    closure: str
    choices: list[str]
    key: str
    flee: Cell


class Palette(_Shape):
    """Colours by role."""

    paper: str
    ink: str
    muted: str
    sea: str
    land: str
    rule: str
    arriving: str
    leaving: str
    remittances: str
    capital: str
    other: str
    regions: list[str]


class Palettes(_Shape):
    """Colours by day and by night."""

    light: Palette
    dark: Palette


class Preset(StudyFile):
    """A shipped study: its name, and its file."""

    name: str


class WorldOf(_Shape):
    """A world that a scenario may start from: mid-year of its people, year of its economy."""

    people: int
    economy: int
    #: Whether legal statuses and the cost of sending money are known then.
    statuses: bool


class Meta(_Shape):
    """Versions, years, levers with units and ranges, areas, studies, colours."""

    version: str
    hash: str
    people_year: int
    economy_year: int
    worlds: list[WorldOf]
    years: dict[str, list[int]]
    editions: dict[str, str]
    levers: list[Lever]
    closures: list[Closure]
    channels: list[Literal[CHANNELS]]  # type: ignore[valid-type]
    skills: list[str]
    statuses: list[str]
    measures: list[Quantity]
    areas: list[Area]
    groups: list[Group]
    regions: list[str]
    studies: list[Preset]
    parameters: list[Parameter]
    left_out: list[str]
    palettes: Palettes
    sequential: list[str]
    diverging: list[str]


class Studies(_Shape):
    """The shipped studies of where the world settles."""

    studies: list[Preset]


class ReadStudy(_Shape):
    """A study file that was read: what it holds, or everything that is wrong with it."""

    study: StudyFile | None
    problems: list[Wrong]


# --- figures ---------------------------------------------------------------------------------


class Source(_Shape):
    """A reference table with its terms."""

    table: str
    title: str
    publisher: str
    edition: str
    licence: str
    address: str
    citation: str


class Sources(_Shape):
    """Every reference table, its rows by year, and its digest."""

    tables: Columns
    coverage: dict[str, list[tuple[int, int]]]
    sha256: dict[str, str]


class Focus(_Shape):
    """What comes into the asker's places and goes out of them, in `unit` of the world."""

    area: str
    other: str
    members: list[str]
    partners: list[str]
    out: float
    into: float
    within: float
    sentence: str


class World(_Shape):
    """The corridors of a year; `focus` is null for the whole world."""

    table: str
    year: int
    unit: Literal["persons", "USD"]
    sentence: str
    total: float
    unknown_origin: float
    by_kind: dict[str, float]
    corridors: Columns
    of: int
    focus: Focus | None
    areas: Columns
    source: Source


class Card(Columns):
    """A place or a corridor in figures."""

    title: str
    sources: list[Source]


class Matrix(_Shape):
    """Persons between regions."""

    flows: Columns
    total: float


# --- journeys --------------------------------------------------------------------------------


class ShippedJourney(_Shape):
    """A journey that ships."""

    name: str
    title: str
    question: str
    first_day: str
    days: int


class Journeys(_Shape):
    """The journeys that ship."""

    journeys: list[ShippedJourney]


class Journey(_Shape):
    """A journey day by day; days and places go by their position in `days` and `places`.

    `documents` says what the ids in `sources` stand for; `what_ifs` has the title of each, and
    `instead` who is where with it.
    """

    name: str
    title: str
    question: str
    draws: int
    seed: int
    rules: str
    origin: str | None
    digest: str
    warnings: list[str]
    what_ifs: dict[str, str]
    sources: list[str]
    documents: Columns
    days: list[str]
    places: Columns
    roads: Columns
    people: Columns
    links: Columns
    differences: Columns
    instead: Columns
    shelters: Columns
    shortfalls: Columns
    counts: Columns
    figures: Columns


# --- what if ---------------------------------------------------------------------------------


class Measure(Quantity):
    """A measure of the answer, now and after."""

    now: float
    value: float


class Trace(_Shape):
    """What a lever touched: cells, and how many of them are empty today."""

    lever: str
    cells: int
    empty: int


class Answer(_Shape):
    """Where the world settles.

    `corridors` are persons, `money` what reaches each birthplace from each residence in US
    dollars; `focus` has the codes of the places in focus; `remarks` say what the asker put in
    place of the package's parameters, and what of it is not read. A world in a
    folder has no years.
    """

    hash: str
    capital: Closure
    solve_ms: float
    measures: list[Measure]
    sentence: str
    focus: list[str]
    remarks: list[str]
    corridors: Columns
    money: Columns
    of: int
    areas: Columns
    traces: list[Trace]
    residual: float
    evaluations: int
    people_year: int | None
    economy_year: int | None


class Gains(_Shape):
    """What a mover gains, PPP dollars of 2021 a year, now and after.

    `corridors`: by schooling and legal status, pay where people were born and where they live;
    `movers`: who leaves and who returns, and what they earn before and after.
    """

    hash: str
    sentence: str
    corridors: Columns
    movers: Columns
    people_year: int | None
    economy_year: int | None


class Step(_Shape):
    """How far a job is: `done` of `total` in this stage, 0 of 0 where there is nothing to count."""

    stage: Stage
    done: int
    total: int
    about: str


class Job(_Shape):
    """A study on its way; `tables` and `digest` are null until it is done."""

    id: str
    state: Literal["running", "done", "failed", "cancelled"]
    progress: Step
    draws: int
    done: int
    error: str
    seconds: float
    digest: str | None
    tables: dict[str, Columns] | None
