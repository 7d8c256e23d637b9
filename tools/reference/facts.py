"""Single figures with their source, and people displaced within their country.

`facts` gathers what no table holds: one row a figure, as its publisher counted it, from the files
of `economy/facts` whose terms allow (`facts.toml` names the others) and from `facts_looked_up.csv`
beside this file, with yearly totals of border counts, labour-rights compliance, youth unemployment
and strikes.
"""

from __future__ import annotations

import csv
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TERMS = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
#: Places that are no area, as the files write them, and in words.
PLACES = {
    "": "world",
    "EU+EFTA": "EU and EFTA",
    "EU-11+GBR": "eleven EU members and the United Kingdom",
    "HND to MEX": "Honduras to Mexico",
    "developing countries ex China": "developing countries without China",
}
#: Origins that stand for all of them.
EVERYBODY = ("ALL", "")
#: Codes of ILOSTAT's copy: Kosovo, and a region that is no place of its own.
ILO_CODES = {"KOS": "XKX"}
ILO_REGIONS = ("SSF",)
ILOSTAT = (
    "ILO",
    "ILOSTAT, download of 2022",
    "https://ilostat.ilo.org/",
    "CC BY 4.0 (second hand)",
)
SDG = "https://unstats.un.org/sdgs/dataportal"
UN_TERMS = "UN terms: free use with the source named"


Reader = Callable[[dict[str, str]], "Iterator[Fact]"]


class Fact(NamedTuple):
    """A row of the table `facts`; `period` is the time as the source writes it."""

    quantity: str
    place: str
    birthplace: str
    year: int
    period: str
    value: float
    unit: str
    kind: str
    publisher: str
    source: str
    address: str
    licence: str
    note: str


def facts(shared: Path) -> str:
    """Every fact, in the order of quantity, place, origin and time."""
    folder = shared / "economy" / "facts"
    rows = [*_from_files(folder, READERS), *_unions_and_youth(shared)]
    rows += _from_files(Path(__file__).parent, {"facts_looked_up.csv": _looked_up})
    values = ",\n".join(f"({', '.join(map(_literal, row))})" for row in sorted(set(rows)))
    counted = " UNION ALL ".join([_border_counts(shared), _labour_rights(shared)])
    return f"""
    SELECT * REPLACE (year::SMALLINT AS year, value::DOUBLE AS value) FROM (
        SELECT * FROM (VALUES {values}) AS fact({", ".join(Fact._fields)})
        UNION ALL {counted})
    ORDER BY quantity, place, birthplace, year, period, source"""


def _literal(value: object) -> str:
    return (
        repr(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
    )


def _from_files(folder: Path, readers: Mapping[str, Reader]) -> Iterator[Fact]:
    for name, reader in readers.items():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            address = ""
            for row in csv.DictReader(file):
                told = row.get("url") or row.get("suez_url") or ""
                address = address if told == "same" else told
                for fact in reader(row | {"url": address}):
                    if not left_out(row, fact):
                        yield fact


def left_out(row: dict[str, str], fact: Fact) -> bool:
    """Whether a row stays out, by the words of `facts.toml`."""
    about = " | ".join([fact.publisher, fact.source, row.get("status") or ""])
    return any(word in about for entry in TERMS["left_out"] for word in entry["words"])


def _licence(text: str) -> str:
    return next(
        str(entry["licence"])
        for entry in TERMS["terms"]
        if any(word in text for word in entry["words"])
    )


def _fact(
    row: dict[str, str],
    quantity: str,
    place: str,
    value: str | float,
    unit: str,
    *,
    period: str,
    birthplace: str = "",
    kind: str = "reported",
    note: str = "",
) -> Iterator[Fact]:
    """The fact of a row, or none where its value is empty."""
    if value in ("", None):
        return
    place = PLACES.get(place, place)
    source = row.get("source") or row.get("publisher") or row.get("suez_source") or ""
    publisher = row.get("publisher") or re.split(r" via |,| \(| \d{4}", source)[0]
    status, notes = row.get("status") or "", [note, row.get("note") or ""]
    if birthplace not in EVERYBODY and len(birthplace) != 3:  # a region, or several countries
        quantity, birthplace = f"{quantity}, from {birthplace.removeprefix('REG ')}", ""
    if "derived" in status:
        kind, notes = "modelled", [*notes, "computed from the source's percentages"]
    scale = {"million": 1e6, "USD billion": 1e9, "USD trillion": 1e12, "%": 0.01}
    scaled = scale.get(unit.split(",")[0], 1.0)
    unit = {"million": "persons", "USD billion": "USD", "USD trillion": "USD", "%": "share"}.get(
        unit.split(",")[0], unit
    )
    yield Fact(
        quantity=quantity,
        place=place,
        birthplace="" if birthplace in EVERYBODY else birthplace,
        year=int(re.findall(r"(?:19|20)\d\d", period)[-1]),
        period=period,
        value=round(float(value) * scaled, 9),
        unit=unit,
        kind=kind,
        publisher=publisher,
        source=source,
        address=row["url"],
        licence=_licence(f"{publisher} {source}"),
        note="; ".join(word for word in notes if word),
    )


def _looked_up(row: dict[str, str]) -> Iterator[Fact]:
    """Rows that say all themselves: figures looked up for the claims, at the address they name."""
    yield from _fact(
        row, row["quantity"], row["place"], row["value"], row["unit"],
        period=row["period"], birthplace=row["birthplace"], kind=row["kind"],
    )  # fmt: skip


def _border(row: dict[str, str]) -> Iterator[Fact]:
    quantity, _, nationality = row["quantity"].partition(", nationality ")
    yield from _fact(
        row, quantity, row["country"], row["value"], row["unit"],
        period=row["period"], birthplace=nationality,
    )  # fmt: skip


def _capital(row: dict[str, str]) -> Iterator[Fact]:
    yield from _fact(
        row, row["quantity"], row["scope"], row["value"], row["unit"],
        period=row["period"], kind="modelled",
    )  # fmt: skip


def _caravan(row: dict[str, str]) -> Iterator[Fact]:
    place = "MEX" if row["unit"] == "persons" else "HND to MEX"
    yield from _fact(row, row["quantity"], place, row["value"], row["unit"], period=row["date"])


def _stop(row: dict[str, str]) -> Iterator[Fact]:
    quantity = f"caravan of October 2018 at {row['place']}"
    yield from _fact(
        row, quantity, row["iso3"], row["persons"], "persons",
        period=row["date"], birthplace="HND", note=row["event"],
    )  # fmt: skip


def _suez(row: dict[str, str]) -> Iterator[Fact]:
    yield from _fact(
        row, "Suez Canal revenue", "EGY", row["suez_revenue_usd_billion"], "USD billion",
        period=row["year"],
    )  # fmt: skip


def _ilo(row: dict[str, str]) -> Iterator[Fact]:
    quantity = row["quantity"]
    if quantity not in ("migrant workers", "international migrants, all ages"):
        quantity = f"migrant workers: {quantity}"
    yield from _fact(
        row, quantity, "world", row["value"], row["unit"], period=row["year"], kind="modelled"
    )


def _vintage(row: dict[str, str]) -> Iterator[Fact]:
    yield from _fact(
        row, f"remittances received, {row['edition']}", row["scope"], row["usd_billion"],
        "USD billion", period=row["reference_year"], kind="modelled",
    )  # fmt: skip


def _temporary(row: dict[str, str]) -> Iterator[Fact]:
    yield from _fact(
        row, row["quantity"], row["iso3"] or row["country"], row["value"], row["unit"],
        period=row["year"], birthplace="GTM" if "Guatemala" in row["quantity"] else "",
    )  # fmt: skip


def _tied(row: dict[str, str]) -> Iterator[Fact]:
    unit = "%" if "%" in row["what"] else "persons"
    yield from _fact(
        row, f"tied workers: {row['what']}", row["destination_iso3"], row["value"], unit,
        period=row["year"], birthplace=row["origin_iso3"],
        note=f"tied to the employer: {row['tied_to_employer']}",
    )  # fmt: skip


def _irregular_usa(row: dict[str, str]) -> Iterator[Fact]:
    yield from _fact(
        row, "irregular residents", row["destination_iso3"], row["estimate"], "persons",
        period=row["year"], birthplace=row["origin_iso3"], kind="modelled",
    )  # fmt: skip


def _irregular(row: dict[str, str]) -> Iterator[Fact]:
    low, high = row["low"], row["high"]
    wide = low != high and "" not in (low, high)
    value = (float(low) + float(high)) / 2 if wide else low or high
    note = f"published as {float(low):,.0f} to {float(high):,.0f}; the middle" if wide else ""
    yield from _fact(
        row, f"irregular residents: {row['what']}", row["destination_iso3"], value, "persons",
        period=row["year"], birthplace=row["origin_iso3"],
        kind="modelled" if wide else "reported", note=note,
    )  # fmt: skip


#: File -> how its rows become facts. Files of `facts.toml` that stay out are absent.
READERS = {
    "border_counts.csv": _border,
    "capital_flight.csv": _capital,
    "caravan_2018_stops.csv": _stop,
    "caravan_figures.csv": _caravan,
    "egypt_suez_remittances.csv": _suez,
    "ilo_migrant_workers.csv": _ilo,
    "irregular_residents_other.csv": _irregular,
    "irregular_residents_usa.csv": _irregular_usa,
    "remittances_2015_by_vintage.csv": _vintage,
    "temporary_and_tied_workers.csv": _temporary,
    "tied_workers_by_origin.csv": _tied,
}

#: Column of ILOSTAT's copy -> quantity, unit, factor, kind.
_ILO_SERIES = {
    "unemp_total_1524": ("unemployment of ages 15 to 24", "share", 0.01),
    "nstrikes_sector_total": ("strikes and lockouts", "strikes", 1.0),
}


def _unions_and_youth(shared: Path) -> Iterator[Fact]:
    """Unemployment of the young and strikes, from ILOSTAT's copy in R's format."""
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels of columns that are not read
        table = rdata.read_rds(shared / "economy" / "raw" / "fdl_ilo_stat.rds")
    table.columns = [str(name) for name in table.columns]
    publisher, source, address, licence = ILOSTAT
    for column, (quantity, unit, factor) in _ILO_SERIES.items():
        known = table[["iso3c", "year", column]].dropna()
        for place, year, value in known.itertuples(index=False):
            if int(year) >= 2000 and place not in ILO_REGIONS:
                yield Fact(
                    quantity, ILO_CODES.get(place, str(place)), "", int(year), str(int(year)),
                    round(float(value) * factor, 9), unit, "reported",
                    publisher, source, address, licence, "",
                )  # fmt: skip


_COUNTS = {
    "usa_southwest_encounters": ("encounters at the south-west border", "USA", "US CBP"),
    "mexico_detected": ("irregular migrants detected", "MEX", "Mexico, UPM/INM"),
    "mexico_returned": ("returns from Mexico", "MEX", "Mexico, UPM/INM"),
    "honduras_irregular_entries": ("irregular entries", "HND", "Honduras, INM"),
    "darien_transits": ("crossings of the Darien", "PAN", "Panama, SNM"),
    "guatemala_returns": ("returns to Guatemala", "GTM", "Guatemala, IGM"),
}


def _border_counts(shared: Path) -> str:
    """Events a calendar year by series, whole years only; Guatemala's returns are to it."""
    cases = {
        column: " ".join(f"WHEN '{series}' THEN '{about[at]}'" for series, about in _COUNTS.items())
        for at, column in enumerate(("quantity", "place", "publisher"))
    }
    return f"""
    SELECT CASE series {cases["quantity"]} END, CASE series {cases["place"]} END, '',
           year, year::VARCHAR, persons, 'events', 'reported', CASE series {cases["publisher"]} END,
           'monthly tables, copy in IOM gdidata', 'https://github.com/iom/gdidata',
           CASE series WHEN 'usa_southwest_encounters' THEN 'public domain (US federal)'
                ELSE 'free use with the source named' END,
           'events: who tries again is counted again'
    FROM (SELECT series, year(month) AS year, sum(count) AS persons,
                 count(DISTINCT month) AS months
          FROM '{shared}/population/border_detections.parquet'
          WHERE series IN ({", ".join(f"'{series}'" for series in _COUNTS)})
          GROUP BY ALL)
    WHERE months = 12 OR (series = 'darien_transits' AND year < 2020)"""


def _labour_rights(shared: Path) -> str:
    return f"""
    SELECT 'labour rights, lack of compliance (SDG 8.8.2)', iso3, '', year, year::VARCHAR, score,
           'from 0, best, to 10', 'modelled', 'UN Statistics Division; ILO',
           'Global SDG database, build of 2020-10-19', '{SDG}', '{UN_TERMS}',
           'from texts of ILO supervisory bodies; all workers, whatever their status'
    FROM '{shared}/economy/tidy/labour_rights_compliance.parquet'
    WHERE iso3 IS NOT NULL AND iso3 NOT IN ('WLD', 'SSF')"""


def displaced_within(shared: Path) -> str:
    """IDMC: people displaced within their country at year end, and displacements in the year."""
    population = f"{shared}/population"
    return f"""
    WITH counted AS (
        SELECT 'new displacements' AS quantity, iso3, year, cause, displacements AS value,
               'movements' AS unit, 'movements: one person may move several times' AS note,
               'Global Internal Displacement Database, May 2025, copy in IOM gdidata' AS source
        FROM '{population}/idmc_displacement_flows.parquet'
        UNION ALL
        SELECT 'displaced at year end', CASE iso3 WHEN 'UNK' THEN 'world' ELSE iso3 END, year,
               'conflict', idps_conflict, 'persons', '',
               'IDMC in UNHCR Refugee Population Statistics, package 2025.12.1'
        FROM '{population}/idmc_stock_annual.parquet'
        UNION ALL
        SELECT 'displaced at year end', iso3, year, 'disaster', sum(idps), 'persons', '',
               'Global Internal Displacement Database, May 2025, copy in IOM gdidata'
        FROM '{population}/idmc_stock_age_sex.parquet' WHERE cause = 'disaster' GROUP BY ALL)
    SELECT quantity, CASE iso3 WHEN 'AB9' THEN 'Abyei' ELSE iso3 END AS place,
           year::SMALLINT AS year, cause, value::DOUBLE AS value, unit,
           'reported' AS kind, 'IDMC' AS publisher, source,
           'https://www.internal-displacement.org/database' AS address,
           'CC BY 3.0 IGO (second hand)' AS licence, note
    FROM counted ORDER BY quantity, cause, place, year"""
