"""Walls and visas in the counts at borders, beside what the levers do."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import duckdb

from published.pages import SHARED, change, persons, table
from published.permits import fence, fewer
from published.worlds import ask, default, place, world

__all__ = ["visas", "walls"]

DETECTIONS = SHARED / "data" / "population" / "border_detections.parquet"
CLAIMS = SHARED / "data" / "population" / "unhcr_asylum_applications.parquet"
COUNTS = SHARED / "data" / "economy" / "facts" / "border_counts.csv"
USA, BALKANS = "usa_southwest_encounters", "frontex_detections"


@dataclass(frozen=True)
class Visa:
    """A visa requirement on the way to a border, and the count that should see it.

    `month` is the first of the month it came into force in; `detail` begins the count's own.
    """

    words: str
    nationality: str
    month: str
    series: str
    detail: str = ""


#: Dates as `SOURCES` report them, looked up; the day for Venezuela from memory.
VISAS = (
    Visa("Mexico for Ecuador, 4 September 2021", "ECU", "2021-09-01", USA),
    Visa("Mexico for Brazil, 11 December 2021", "BRA", "2021-12-01", USA),
    Visa("Mexico for Venezuela, 21 January 2022", "VEN", "2022-01-01", USA),
    Visa("Nicaragua lifts it for Cuba, 22 November 2021", "CUB", "2021-11-01", USA),
    Visa("Serbia for Burundi, 20 November 2022", "BDI", "2022-11-01", BALKANS, "Western Balkan"),
    Visa("Serbia for Tunisia, 20 November 2022", "TUN", "2022-11-01", BALKANS, "Western Balkan"),
    Visa("Serbia for India, 1 January 2023", "IND", "2023-01-01", BALKANS, "Western Balkan"),
)


SOURCES = (
    "Dates: Reuters 26 November 2021 and Segob's figures in the press of 24 January 2022 (Mexico; "
    "21 January from memory), Confidencial 24 November 2021 (Nicaragua), CNBC-TV18 26 December "
    "2022 (Serbia), CBC 13 July 2009 (Canada). "
)


def visas() -> str:
    """What came after visa requirements, and what the lever does."""
    head = ("Requirement", "Count a month, three before", "Three after", "Change",
            "Everybody else", "Highest of months 4 to 12")  # fmt: skip
    body = [_around(visa) for visa in VISAS]
    return (
        table(head, body)
        + f"\n\n{SOURCES}The month in force is left out; three months before it, three after it, "
        "and the highest of the fourth to twelfth. Counts are of US encounters at the south-west "
        "border and of Frontex detections on the Western Balkan route.\n\n"
        + table(("Canada, visa of 14 July 2009", "Claims 2008", "2010", "Change"), _claims())
        + "\n\n"
        + _round_the_visa()
        + _lever()
    )


def _round_the_visa() -> str:
    """Venezuelans who came through the jungle instead."""
    first, last = (
        _one(f"""
            SELECT sum(count) FROM '{DETECTIONS}' WHERE series = 'darien_transits'
              AND nationality = 'VEN' AND month = DATE '{month}'""")
        for month in ("2022-01-01", "2022-10-01")
    )
    return (
        f"Venezuelans counted in the Darien, on foot: {persons(first)} in January "
        f"2022, {persons(last)} in October.\n\n"
    )


def _around(visa: Visa) -> tuple[str, ...]:
    own = f"nationality = '{visa.nationality}'"
    other = f"coalesce(nationality, '') <> '{visa.nationality}'"
    spans = (-3, 0), (1, 4)
    here = [_monthly(visa, own, span) for span in spans]
    rest = [_monthly(visa, other, span) for span in spans]
    highest = max(_monthly(visa, own, (month, month + 1)) for month in range(4, 13))
    return (
        visa.words,
        persons(here[0]),
        persons(here[1]),
        change(here[1] / here[0] - 1.0),
        change(rest[1] / rest[0] - 1.0),
        f"{persons(highest)} ({change(highest / here[0] - 1.0)})",
    )


def _monthly(visa: Visa, whose: str, span: tuple[int, int]) -> float:
    """Mean count a month, from `span[0]` months after the requirement to before `span[1]`."""
    return _one(f"""
        SELECT coalesce(sum(count), 0) / {float(span[1] - span[0])} FROM '{DETECTIONS}'
        WHERE series = '{visa.series}' AND starts_with(detail, '{visa.detail}') AND {whose}
          AND month >= DATE '{visa.month}' + INTERVAL ({span[0]}) MONTH
          AND month < DATE '{visa.month}' + INTERVAL ({span[1]}) MONTH""")


def _claims() -> list[tuple[str, ...]]:
    """Asylum claims in Canada, first instance."""
    rows: list[tuple[str, ...]] = []
    for words, origin in (("Mexico", "= 'MEX'"), ("Czechia", "= 'CZE'"),
                          ("everybody else", "NOT IN ('MEX', 'CZE')")):  # fmt: skip
        before, after = (
            _one(f"""
                SELECT sum(applied) FROM '{CLAIMS}' WHERE asylum = 'CAN' AND year = {year}
                  AND dec_level NOT IN ('AR', 'RA') AND origin {origin}""")
            for year in (2008, 2010)
        )
        rows.append((words, persons(before), persons(after), change(after / before - 1.0)))
    return rows


def _lever() -> str:
    answer = ask(world("mobile"), "visa", birthplace="MEX", residence="USA")
    here, there = place("MEX"), place("USA")
    now, after = (
        float(side.migrants[0][:, here, there].sum()) for side in (answer.now, answer.after)
    )
    fewer_come, fewer_go = (default("visa", field) for field in ("inflow_cut", "exit_cut"))
    odds = 1.0 - (1.0 - fewer_come) / (1.0 - fewer_go)
    return (
        f"The lever `visa` by default cuts the yearly inflow by {100 * fewer_come:g} % and exits "
        f"by {100 * fewer_go:g} %, so in the long run odds fall by {100 * odds:.0f} %. "
        "On Mexicans in the United States, once pay has adjusted: "
        f"{change(after / now - 1.0)}.\n"
    )


def walls() -> str:
    """What came after a fence, and what the lever does."""
    return (
        table(("Eastern Mediterranean, fence of autumn 2012", "August 2011 to July 2012",
               "September 2012 to August 2013", "September 2013 to August 2014"), _evros())
        + "\n\n"
        + table(("South-west border of the USA, fiscal year", "Border patrol, monthly series",
                 "The same in the fact file", "All encounters"), _south_west())
        + "\n\n"
        + table(("Lever `wall`, Mexicans without papers to the USA", "Their number",
                 "Mexican-born in the USA", "Mexican-born elsewhere"), _deterred())
        + "\n"
    )  # fmt: skip


def _evros() -> list[tuple[str, ...]]:
    """Land and sea around the fence on the Evros, built in the autumn of 2012."""
    rows: list[tuple[str, ...]] = []
    shares: dict[str, list[float]] = {}
    for words, way in (("land", "%Land"), ("sea", "%Sea"), ("both", "%")):
        counts = [
            _one(f"""
                SELECT sum(count) FROM '{DETECTIONS}' WHERE series = 'frontex_detections'
                  AND detail LIKE 'Eastern Mediterranean{way}'
                  AND month >= DATE '{first}' AND month < DATE '{first}' + INTERVAL 12 MONTH""")
            for first in ("2011-08-01", "2012-09-01", "2013-09-01")
        ]
        rows.append((words, *map(persons, counts)))
        shares[words] = counts
    (land, *less), (sea, *more) = shares["land"], shares["sea"]
    again = [
        f"{100 * (gained - sea) / (land - lost):.0f} %"
        for lost, gained in zip(less, more, strict=True)
    ]
    rows.append(("of the fall by land, again at sea", "", *again))
    return rows


def _south_west() -> list[tuple[str, ...]]:
    """The two sources of the same count, which must agree where both have it."""
    with COUNTS.open(encoding="utf-8", newline="") as file:
        facts = {
            row["period"]: float(row["value"])
            for row in csv.DictReader(file)
            if row["quantity"] == "USBP southwest-border apprehensions"
        }
    rows: list[tuple[str, ...]] = []
    for year in range(2017, 2025):
        bounds = f"month >= DATE '{year - 1}-10-01' AND month < DATE '{year}-10-01'"
        patrol, total = (
            _one(f"""
                SELECT coalesce(sum(count), 'NaN'::DOUBLE) FROM '{DETECTIONS}'
                WHERE series = '{USA}' AND {bounds} AND starts_with(detail, '{detail}')""")
            for detail in ("U.S. Border Patrol", "")
        )
        fact = facts.get(f"FY{year}", float("nan"))
        if patrol == patrol and fact == fact and patrol != fact:
            raise ValueError(f"border patrol, {year}: {patrol} by month, {fact} in the fact file")
        rows.append((str(year), persons(patrol), persons(fact), persons(total)))
    return rows


def _deterred() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for deterred in sorted({0.01, 0.03, default("wall", "deterred"), 0.09, 0.27}):
        answer = fence(deterred)
        here, there = place("MEX"), place("USA")
        abroad = float((answer.after.migrants - answer.now.migrants)[0, :, here].sum())
        total = float(answer.now.migrants[0][:, here, there].sum())
        rows.append(
            (
                f"deterred {deterred:.2f}",
                change(answer.people("USA", 2, "MEX")),
                f"{persons(fewer(answer), signed=True)} ({change(fewer(answer) / total)})",
                persons(abroad - fewer(answer), signed=True),
            )
        )
    return rows


def _one(query: str) -> float:
    """The one figure a query returns."""
    ((value,),) = duckdb.connect().execute(query).fetchall()
    return float(value)
