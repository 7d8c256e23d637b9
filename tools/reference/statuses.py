"""Legal statuses: which share of a corridor's people is tied, irregular or protected, and who says.

No publisher has such a table. Each share is a count of one publisher over the stock of another,
or a rule put in by hand; every row says which. The rest of a corridor is permanent.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from scipy.special import betaincinv

Corridor = tuple[str, str]

_GROUPS = Path(__file__).resolve().parents[2] / "src/corridors/data/reference/groups.toml"
_FREE = _GROUPS.with_name("free_movement.toml")
_BY_HAND = Path(__file__).parent / "statuses.toml"
#: Largest share at which a bracket is computed: a count above the stock is not certainty.
_NEARLY_ALL = 0.98
#: The year of the stocks of the first table: its rows stand as they were compiled for it.
_FIRST = 2020
#: Most years between a count and the stocks of a later table; an older one is assumed to hold.
_RECENT = 3


@dataclass(frozen=True)
class Share:
    """One row; `low` and `high` are the published range, widened to the 90 % of `concentration`."""

    birthplace: str
    residence: str
    status: str
    share: float
    low: float
    high: float
    concentration: float
    year: int
    kind: str
    source: str

    def fitted(self, room: float) -> Share:
        """The row cut to the share that rows of better standing leave."""
        if self.share <= room:
            return self
        source = f"{self.source}; cut from {self.share:.3f} to what better known statuses leave"
        return replace(self, share=room, low=min(self.low, room), source=source)

    def bracketed(self) -> Share:
        """The row with the 5 and 95 % points of Beta(concentration x share, ...) taken in."""
        if self.share == 0.0:
            return replace(self, low=0.0, high=0.0)
        centre = min(self.share, _NEARLY_ALL)
        a, b = self.concentration * centre, self.concentration * (1.0 - centre)
        low, high = (float(betaincinv(a, b, point)) for point in (0.05, 0.95))
        high = 1.0 if self.share > _NEARLY_ALL else min(1.0, max(high, self.high, self.share))
        return replace(self, low=max(0.0, min(low, self.low, self.share)), high=high)


@dataclass(frozen=True)
class World:
    """What the shares are taken of: persons by corridor in mid-year, and who may move freely."""

    year: int
    stock: Mapping[Corridor, int]
    adult_share: Mapping[str, float]
    income_group: Mapping[str, str]
    groups: Mapping[str, frozenset[str]]
    by_hand: Mapping[str, dict]
    facts: Path

    def origins(self, residence: str) -> list[str]:
        """Birthplaces with people in `residence`, OTH among them."""
        return [b for (b, i), persons in self.stock.items() if i == residence and persons > 0]

    def adults(self, residence: str, birthplaces: Iterable[str]) -> float:
        """Persons of 15 and over; children are out at the rate of the whole residence."""
        share = self.adult_share.get(residence, 1.0)
        return share * sum(self.stock.get((b, residence), 0) for b in birthplaces)

    def persons(self, residence: str, birthplaces: Iterable[str]) -> float:
        """Persons of all ages."""
        return float(sum(self.stock.get((b, residence), 0) for b in birthplaces))

    def free(self, birthplace: str, residence: str) -> bool:
        """Whether a treaty or citizenship lets people of `birthplace` live in `residence`."""
        return any({birthplace, residence} <= members for members in self.groups.values())

    def entries(self, name: str) -> list[dict]:
        """Entries by hand of this year's table: those that name no year are of every table."""
        return [entry for entry in self.by_hand[name] if entry.get("table", self.year) == self.year]

    def dated(self, row: Share) -> Share:
        """The row as of this year: what was counted long before is assumed to hold."""
        if self.year == _FIRST:
            return row
        source = row.source
        for stock in ("stock of", "stock of mid-"):
            end = "" if stock.endswith("-") else " "
            source = source.replace(f"{stock}{end}{_FIRST}", f"{stock}{end}{self.year}")
        old = row.kind != "assumed" and row.year < self.year - _RECENT
        if not old:
            return replace(row, source=source)
        return replace(row, kind="assumed", source=f"{source}; of {row.year}, assumed to hold")

    def rows(self, file: str) -> list[dict[str, str]]:
        """The rows of one file of facts."""
        with (self.facts / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))


def status_shares(tidy: Path, built: Path) -> str:
    """Share of each corridor of mid-2020 that is tied, irregular or protected, with its source."""
    return _shares(_world(tidy, built, _FIRST), built)


def status_shares_2024(tidy: Path, built: Path) -> str:
    """The same of mid-2024, from the edition of 2024: counts of its own where there are any."""
    return _shares(_world(tidy, built, 2024), built)


def _shares(world: World, built: Path) -> str:
    rows = [
        *_protected(world, built),
        *_gulf(world),
        *_canada(world),
        *_programmes(world),
        *_usa(world),
        *_overstayers(world),
        *_spread(world),
        *_free_movement(world),
    ]
    rows += _by_rule(world, rows, built)
    rows = [world.dated(row) for row in rows]
    inside = [row for row in rows if world.stock.get((row.birthplace, row.residence), 0) > 0]
    values = ",\n".join(_literal(row.bracketed()) for row in _within_one(inside))
    columns = ", ".join(Share.__dataclass_fields__)
    return f"""
    SELECT birthplace, residence, status, share::FLOAT AS share, low::FLOAT AS low,
           high::FLOAT AS high, concentration::FLOAT AS concentration,
           year::SMALLINT AS year, kind, source
    FROM (VALUES {values}) AS row({columns}) ORDER BY residence, birthplace, status"""


def _literal(row: Share) -> str:
    text = ", ".join(f"'{value}'" for value in (row.kind, row.source.replace("'", "''")))
    numbers = f"{row.share:.5f}, {row.low:.5f}, {row.high:.5f}, {row.concentration:g}, {row.year}"
    return f"('{row.birthplace}', '{row.residence}', '{row.status}', {numbers}, {text})"


def _world(tidy: Path, built: Path, year: int) -> World:
    """Of the edition of the stocks whose last year is `year`."""
    stock = duckdb.execute(f"""
        SELECT birthplace, residence, sum(persons)::BIGINT FROM '{built}/stocks_{year}.parquet'
        WHERE year = {year} AND birthplace <> residence GROUP BY ALL ORDER BY ALL""").fetchall()
    adults = duckdb.execute(f"""
        SELECT area, 1 - sum(immigrants_0_14) / sum(immigrants_0_14 + immigrants_tertiary
                                                    + immigrants_below_tertiary)
        FROM '{built}/schooling_migrants.parquet' WHERE year = 2020
        GROUP BY area HAVING sum(immigrants_0_14) IS NOT NULL""").fetchall()
    classes = duckdb.execute(f"SELECT area, income_group FROM '{built}/areas.parquet'").fetchall()
    by_hand = tomllib.loads(_BY_HAND.read_text(encoding="utf-8"))
    named = tomllib.loads(_GROUPS.read_text(encoding="utf-8"))
    groups = {}
    for name, entry in tomllib.loads(_FREE.read_text(encoding="utf-8")).items():
        members = entry.get("also", "").split()
        members += [code for group in entry["groups"] for code in named[group]["members"].split()]
        groups[name] = frozenset(members)
    return World(
        year=year,
        stock={(b, i): persons for b, i, persons in stock},
        adult_share=dict(adults),
        income_group={area: name for area, name in classes if name},
        groups=groups,
        by_hand=by_hand,
        facts=tidy / "economy" / "facts",
    )


def _within_one(rows: list[Share]) -> Iterator[Share]:
    """Every corridor's rows with a sum of at most 1: protected first, then counts, then rules."""
    by_corridor = defaultdict(list)
    for row in rows:
        by_corridor[row.birthplace, row.residence].append(row)
    for corridor, shares in by_corridor.items():
        if len({row.status for row in shares}) < len(shares):
            raise SystemExit(f"status_shares: a status of {corridor} has two rows")
        room = 1.0
        for tier in (["protected"], ["reported", "modelled"], ["assumed"]):
            chosen = [
                row
                for row in shares
                if ("protected" if row.status == "protected" else row.kind) in tier
            ]
            wanted = sum(row.share for row in chosen)
            factor = min(1.0, room / wanted) if wanted > 0.0 else 1.0
            for row in chosen:
                # The last digit is dropped, so that rounded shares cannot exceed 1 together.
                yield row.fitted(int(row.share * factor * 1e5) / 1e5) if factor < 1.0 else row
            room = max(0.0, room - factor * wanted)


def _protected(world: World, built: Path) -> Iterator[Share]:
    """UNHCR's and UNRWA's refugees and asylum seekers of the year's end over the stock, at most 1.

    UNHCR's "others in need of protection" are Venezuelans abroad with and without permits: a
    nationality, not a status.
    """
    cared_for = duckdb.execute(f"""
        WITH cared AS (
            SELECT birthplace, residence, sum(persons) AS persons,
                   coalesce(sum(persons) FILTER ("group" = 'refugees'), 0) AS refugees,
                   bool_or(publisher = 'UNRWA') AS unrwa
            FROM '{built}/refugees.parquet'
            WHERE year = {world.year} AND "group" IN ('refugees', 'asylum_seekers')
              AND known GROUP BY ALL),
        stock AS (
            SELECT birthplace, residence, sum(persons) AS stock
            FROM '{built}/stocks_{world.year}.parquet' WHERE year = {world.year} GROUP BY ALL)
        SELECT * FROM cared JOIN stock USING (birthplace, residence)
        WHERE stock > 0 AND birthplace <> residence ORDER BY ALL""").fetchall()
    for birthplace, residence, persons, refugees, unrwa, stock in cared_for:
        publisher = "UNHCR and UNRWA" if unrwa else "UNHCR"
        source = (
            f"{publisher}, refugees and asylum seekers, end of {world.year}, "
            f"over the UN stock of mid-{world.year} (https://www.unhcr.org/refugee-statistics/)"
        )
        if persons > stock:
            source += f"; the count, {persons:.0f}, exceeds the stock, {stock}, and is cut to it"
        share = min(1.0, persons / stock)
        kappa = 40.0 if refugees >= persons / 2 else 10.0
        yield Share(
            birthplace, residence, "protected", share, share, share, kappa, world.year,
            "reported",
            source,
        )  # fmt: skip


def _gulf(world: World) -> Iterator[Share]:
    """Tied to a sponsor: all but citizens of the Gulf, less those who live on a relative's permit.

    The sheet by nationality counts residents of all ages and mixed dates: it says who is there
    under sponsorship, not how many of them work. Over the stock, whose nationalities the Gulf
    states do not publish either, it would give shares from 0.1 to 10; so it sets the kind only.
    """
    rules = world.by_hand["gulf"]
    listed = {
        (row["origin_iso3"], row["destination_iso3"]): row
        for row in world.rows("tied_workers_by_origin")
        if row["what"] == "foreign nationals resident, all ages"
    }
    for residence in sorted(world.groups["Gulf"]):
        for birthplace in world.origins(residence):
            if world.free(birthplace, residence):
                continue
            rule = next(
                (rule for rule in rules["rule"] if birthplace in rule["origins"].split()),
                rules["others"],
            )
            sheet = listed.get((birthplace, residence))
            source = rule["source"]
            if sheet:
                source += (
                    f"; {float(sheet['value']):.0f} residents of this nationality, 'mostly "
                    f"(sponsorship)', {sheet['publisher']} {sheet['year']} ({sheet['url']})"
                )
            yield Share(
                birthplace, residence, "tied", rule["share"], rule["share"], rule["share"],
                rule["concentration"], 2014,
                "modelled" if sheet else "assumed", source,
            )  # fmt: skip


def _canada(world: World) -> Iterator[Share]:
    """Permits of the temporary programme over stock and permits together.

    Seasonal workers are mostly not in the stock: over the two together a share stays a share.
    """
    rules = world.by_hand["canada"]
    listed = dict(rules["permits"])
    for birthplace, persons in listed.items():
        stock = world.adults("CAN", [birthplace])
        yield Share(
            birthplace, "CAN", "tied", persons / (stock + persons), 0.0,
            min(1.0, persons / stock), 10.0, 2016, "modelled", rules["listed_source"],
        )  # fmt: skip
    rest = [b for b in world.origins("CAN") if b not in listed]
    adults = world.adults("CAN", rest)
    share, low, high = (
        (persons - sum(listed.values())) / adults
        for persons in (rules["present"], rules["least"], 2 * rules["present"])
    )
    for birthplace in rest:
        yield Share(
            birthplace, "CAN", "tied", share, low, high, 10.0, rules["year"], "assumed",
            f"{rules['source']}; no table by origin: spread evenly",
        )  # fmt: skip


def _programmes(world: World) -> Iterator[Share]:
    """Tied workers of HKG, MYS, ISR, SGP, KOR and THA: counts of workers over adults."""
    for programme in world.entries("programme"):
        residence = programme["residence"]
        listed = dict(programme.get("persons", {}))
        for birthplace, persons in listed.items():
            adults = world.adults(residence, [birthplace])
            if adults > 0.0:
                yield _counted(programme, birthplace, "tied", persons / adults, 15.0)
        if "rest" in programme:
            rest = _rest(world, programme, residence, listed)
            adults = programme.get("of") or world.adults(residence, rest)
            scale = [programme[key] / adults for key in ("rest", "rest_low", "rest_high")]
            yield from _evenly(residence, "tied", rest, scale, programme)


def _rest(world: World, entry: Mapping, residence: str, listed: Collection[str] = ()) -> list[str]:
    """The origins among which people of unknown origin are spread evenly."""
    elsewhere = {*listed, *entry.get("except", "").split()}
    among = [
        b
        for b in entry.get("among", " ".join(world.origins(residence))).split()
        if b not in elsewhere and not world.free(b, residence)
    ]
    if entry.get("not_high_income"):
        among = [b for b in among if world.income_group.get(b, "High income") != "High income"]
    return among


def _counted(entry: Mapping, birthplace: str, status: str, ratio: float, kappa: float) -> Share:
    source = entry["source"]
    if ratio > 1.0:
        source += "; the count exceeds the stock and is cut to it"
    share = min(1.0, ratio)
    return Share(
        birthplace, entry["residence"], status, share, share, share, kappa,
        entry["year"], entry["kind"], source,
    )  # fmt: skip


def _evenly(
    residence: str, status: str, birthplaces: list[str], shares: list[float], entry: Mapping
) -> Iterator[Share]:
    share, low, high = (min(1.0, share) for share in shares)
    for birthplace in birthplaces:
        yield Share(
            birthplace, residence, status, share, low, high, 5.0,
            entry.get("rest_year", entry["year"]), "assumed",
            f"{entry.get('rest_source', entry['source'])}; no table by origin: spread evenly",
        )  # fmt: skip


def _estimates(world: World) -> dict[str, dict[str, Any]]:
    """Lowest and highest estimate by origin, and their shares of the stock; ALL is the total."""
    if world.year == _FIRST:
        return {row["origin_iso3"]: row for row in world.rows("irregular_share_of_stock_usa")}
    publishers = {"Migration Policy Institute": "MPI", "Pew Research Center": "Pew"}
    told = defaultdict(list)
    for row in world.rows("irregular_residents_usa"):
        if int(row["year"][:4]) >= world.year - _RECENT and row["origin_iso3"] != "REST":
            told[row["origin_iso3"]].append(row)
    made = {}
    for birthplace, rows in told.items():
        persons = [float(row["estimate"]) for row in rows]
        who = sorted({publishers.get(row["publisher"], "DHS") for row in rows})
        stock = world.persons("USA", [birthplace]) or math.nan
        made[birthplace] = {
            "low": min(persons), "high": max(persons), "publishers": "; ".join(who),
            "share_low": min(persons) / stock, "share_high": max(persons) / stock,
        }  # fmt: skip
    return made


def _usa(world: World) -> Iterator[Share]:
    """Irregular: estimates by origin over the stock; the others share what the total leaves."""
    rows = _estimates(world)
    whole = rows.pop("ALL")
    address = "https://www.visualcapitalist.com/unauthorized-immigrants-in-the-u-s-by-country/"
    of = "2019-2022" if world.year == _FIRST else "2021-2022"
    source = f"estimates of {of} over the UN stock of mid-{world.year} ({address} and others)"
    year = min(world.year, 2022)
    for birthplace, row in rows.items():
        low, high = float(row["share_low"]), float(row["share_high"])
        several = ";" in row["publishers"]
        yield Share(
            birthplace, "USA", "irregular", (low + high) / 2, low, high, 20.0 if several else 15.0,
            year, "reported", f"{row['publishers'].replace(';', ' and')}: {source}",
        )  # fmt: skip
    rest = [b for b in world.origins("USA") if b not in rows and not world.free(b, "USA")]
    persons = world.persons("USA", rest)
    ends = {"low": ("low", "high"), "high": ("high", "low")}
    low, high = (
        (float(whole[own]) - sum(float(row[other]) for row in rows.values())) / persons
        for own, other in ends.values()
    )
    entry = {"year": year, "source": f"DHS, MPI, Pew: total less the origins named, {source}"}
    yield from _evenly("USA", "irregular", rest, [(low + high) / 2, low, high], entry)


def _overstayers(world: World) -> Iterator[Share]:
    """Irregular residents with a figure by origin: RUS, KOR, JPN, COL, CHL."""
    for entry in world.entries("irregular_by_origin"):
        residence = entry["residence"]
        for birthplace, persons in entry["persons"].items():
            stock = world.persons(residence, [birthplace])
            if stock > 0.0:
                yield _counted(entry, birthplace, "irregular", persons / stock, 10.0)
        if "rest" in entry:
            rest = _rest(world, entry, residence, entry["persons"])
            stock = world.persons(residence, rest)
            scale = [entry[key] / stock for key in ("rest", "rest_low", "rest_high")]
            yield from _evenly(residence, "irregular", rest, scale, entry)


def _spread(world: World) -> Iterator[Share]:
    """Irregular residents known as one total: every origin without free movement alike."""
    for entry in world.entries("irregular_total"):
        areas = entry["residence"].split()
        rest = {i: _rest(world, entry, i) for i in areas}
        stock = entry.get("of") or sum(world.persons(i, among) for i, among in rest.items())
        scale = [(entry["low"] + entry["high"]) / 2, entry["low"], entry["high"]]
        for residence, among in rest.items():
            shares = [persons / stock for persons in scale]
            yield from _evenly(residence, "irregular", among, shares, entry)


def _by_rule(world: World, rows: list[Share], built: Path) -> list[Share]:
    """Irregular residents where nobody counted them: Venezuelans, and land neighbours."""
    known = {(row.birthplace, row.residence) for row in rows if row.status == "irregular"}
    protected = {
        (row.birthplace, row.residence): row.share for row in rows if row.status == "protected"
    }
    latin = {
        area
        for (area,) in duckdb.execute(
            f"SELECT area FROM '{built}/areas.parquet' "
            "WHERE subregion = 'Latin America and the Caribbean'"
        ).fetchall()
    }
    neighbours = set(
        duckdb.execute(
            f"SELECT origin, destination FROM '{built}/distance.parquet' WHERE contiguous"
        ).fetchall()
    )
    named = tomllib.loads(_GROUPS.read_text(encoding="utf-8"))
    about = world.by_hand["neighbours"]
    apart = [frozenset(pair.split()) for pair in about["apart"]]
    apart += [frozenset(named[group]["members"].split()) for group in about["free"]]

    def rule(birthplace: str, residence: str) -> Mapping | None:
        if birthplace == "VEN" and residence in latin:
            return world.by_hand["venezuelans"]
        ends = {world.income_group.get(end, "High income") for end in (birthplace, residence)}
        by_land = (birthplace, residence) in neighbours
        together = any({birthplace, residence} <= group for group in apart)
        return about if "High income" not in ends and by_land and not together else None

    made = []
    for (birthplace, residence), persons in sorted(world.stock.items()):
        chosen = rule(birthplace, residence)
        corridor = (birthplace, residence)
        if chosen is None or not persons or corridor in known or world.free(*corridor):
            continue
        share = chosen["share"] * (1.0 - protected.get(corridor, 0.0))
        made.append(
            Share(
                birthplace, residence, "irregular", share, share, share,
                chosen["concentration"], chosen["year"], "assumed", chosen["source"],
            )
        )  # fmt: skip
    return made


def _free_movement(world: World) -> Iterator[Share]:
    """A definite none: where a treaty or citizenship gives the right to live there."""
    sources = tomllib.loads(_FREE.read_text(encoding="utf-8"))
    for name, members in world.groups.items():
        source = sources[name]["source"]
        for residence in sorted(members):
            for birthplace in world.origins(residence):
                if birthplace in members:
                    yield Share(
                        birthplace, residence, "irregular", 0.0, 0.0, 0.0, 5.0, 2020, "assumed",
                        f"{source}: nobody is irregular for want of a permit; assumed none",
                    )  # fmt: skip
