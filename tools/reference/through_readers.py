"""Tidy tables built anew from the publishers' own files, where these lie beside the tidy ones.

`overlay` makes a folder that looks like the folder of tidy tables. A table whose raw file is there
is read by the readers of the package and put into the columns that the queries know; every other is
a link to the tidy table. It says which is which, and why where a raw file is not used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from corridors.readers import read

#: Why a table comes from its tidy form although a raw file is there.
STAYS_TIDY = {
    "population/wpp2024_accounts.parquet": "the world's row is needed for the Holy See, and "
    "population before 2024 is counted back from yearly changes",
    "economy/tidy/country_year.parquet": "joins fifteen files of five publishers",
    "economy/tidy/remittances_paid.parquet": "from a panel that has no reader",
    "economy/tidy/remittance_cost_country.parquet": "from the UN's SDG table, no reader",
    "economy/tidy/schooling_wcde.parquet": "no reader for the Wittgenstein Centre",
    "population/wpp2024_age_broad.parquet": "from Gapminder's copy, no reader",
    "population/wdr2023_migrants_by_schooling.parquet": "no reader for the report's workbook",
    "population/countries.parquet": "compiled from three lists",
}


#: Tables whose rows differ from those built of the tidy tables, and why that is right.
DIFFERENCES = {
    "remittances_by_corridor": "the two cells of Vanuatu with itself (3,662 and 3,762 dollars) are "
    "a diagonal, which the reader leaves out",
}


def _stock(file: str) -> Callable[[Path], pd.DataFrame]:
    def build(raw: Path) -> pd.DataFrame:
        frame = read(raw / "population/raw" / file).frame
        names = {"birthplace": "origin", "residence": "destination", "value": "stock"}
        return frame.rename(columns=names).drop(columns="status_of_value")

    return build


def _published_totals(raw: Path) -> pd.DataFrame:
    """Totals by destination and sex with the sum of both, which the checks compare."""
    parts = []
    for edition in (2015, 2019, 2020):
        frame = read(raw / f"population/raw/undesa_ims_{edition}_totals.xlsx").frame
        frame = frame.dropna(subset="value")
        split = frame[frame["sex"] != "T"]
        both = split.groupby(["residence", "year", "data_type"], as_index=False)["value"].sum()
        whole = pd.concat([frame, both.assign(sex="T")], ignore_index=True)
        parts.append(whole.assign(edition=edition))
    table = pd.concat(parts, ignore_index=True).rename(
        columns={"residence": "iso3", "value": "stock"}
    )
    return table[["edition", "year", "sex", "iso3", "data_type", "stock"]]


def _unhcr(file: str, columns: dict[str, str], empty: float) -> Callable[[Path], pd.DataFrame]:
    """A table with one column a group; what has no row is `empty`."""

    def build(raw: Path) -> pd.DataFrame:
        frame = read(raw / "population/raw" / file).frame
        sides = list(frame.columns[:2])
        theirs = {ours: column for column, ours in columns.items()}
        wide = _pivoted(frame, ["year", *sides]).rename(columns=theirs)
        for column in columns:
            wide[column] = wide.get(column, empty)
        wide = wide.fillna(dict.fromkeys(columns, empty)) if empty == empty else wide
        return wide.rename(columns={sides[0]: "origin", sides[1]: "asylum"})

    return build


def _pivoted(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.set_index([*keys, "quantity"])["value"].unstack("quantity").reset_index()


def _remittances(raw: Path) -> pd.DataFrame:
    parts = []
    for file in ("2010.csv", "2016.csv", "2017.xlsx", "2018.csv"):
        frame = read(raw / f"economy/raw/knomad_bilateral_remittances_{file}").frame
        known = ~frame["residence"].isin(["OTH", "UNK"]) & ~frame["birthplace"].isin(["OTH", "UNK"])
        parts.append(frame[known & (frame["value"] > 0)])
    table = pd.concat(parts, ignore_index=True)
    names = {"birthplace": "receiver_iso3", "residence": "sender_iso3"}
    table = table.rename(columns=names).assign(usd_million=table["value"] / 1e6)
    return table[["year", "sender_iso3", "receiver_iso3", "usd_million"]]


def _penn(raw: Path) -> pd.DataFrame:
    frame = read(raw / "economy/raw/pwt10.01.rda").frame
    wide = frame.set_index(["area", "year", "quantity"])["value"].unstack("quantity").reset_index()
    for column in ("cgdpo", "cn", "emp"):  # in millions in the file
        wide[column] = wide[column] / 1e6
    wide["i_outlier"] = wide["i_outlier"].map({1.0: "yes", 0.0: "no"})
    return wide.rename(columns={"area": "iso3"})


def _percent(share: pd.Series) -> pd.Series:
    """The percentage as printed: its last digit must not move by the way through the share."""
    return (share * 100).round(10)


def _labour(raw: Path) -> pd.DataFrame:
    frame = read(raw / "economy/raw/fdl_ilo_stat.rds").frame
    wide = frame.set_index(["area", "year", "quantity"])["value"].unstack("quantity").reset_index()
    return pd.DataFrame(
        {
            "iso3": wide["area"],
            "year": wide["year"],
            "labour_income_share_pct": _percent(wide["labour_share"]),
            "employment_thousand": wide["employment"] / 1e3,
            "union_density_pct": _percent(wide["union_density"]),
            "bargaining_coverage_pct": _percent(wide["bargaining_coverage"]),
        }
    )


def _earnings(raw: Path) -> pd.DataFrame:
    frame = read(raw / "economy/raw/fdl_ilo_stat.rds").frame
    parts = frame["quantity"].str.extract(
        r"hourly_earnings(?:_(?P<sex>male|female))?_(?P<classification>ISCO\d+)_(?P<group>\w+)"
    )
    frame = frame.join(parts)
    frame = frame[frame["classification"].notna()]
    sex = frame["sex"].map({"male": "M", "female": "F"}).fillna("T")
    names = {"area": "iso3", "value": "usd_ppp_hour"}
    table = frame.assign(sex=sex).rename(columns=names)
    return table[["iso3", "year", "sex", "classification", "group", "usd_ppp_hour"]]


def _distances(raw: Path) -> pd.DataFrame:
    frame = read(raw / "economy/raw/dist_cepii.zip").frame
    keys = ["origin", "destination"]
    wide = frame.set_index([*keys, "quantity"])["value"].unstack("quantity").reset_index()
    names = {
        "origin": "origin_iso3",
        "destination": "destination_iso3",
        "kilometres": "dist",
        "kilometres_weighted": "distw",
        "contiguous": "contig",
        "common_language": "comlang_off",
        "colonial_link": "colony",
    }
    table = wide.rename(columns=names)[list(names.values())]
    return table.astype({"dist": "float32", "distw": "float32"})


def _points(raw: Path) -> pd.DataFrame:
    frame = read(raw / "economy/raw/geo_cepii.xls").frame
    frame["number"] = frame.groupby("quantity").cumcount()
    keys = ["number", "area", "city"]
    wide = frame.set_index([*keys, "quantity"])["value"].unstack("quantity").reset_index()
    names = {"area": "iso3", "city": "city_en", "latitude": "lat", "longitude": "lon"}
    table = wide.rename(columns={**names, "is_capital": "cap"})
    return table[["iso3", "city_en", "lat", "lon", "cap"]]


_POPULATION = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "oip": "others_in_need",
    "idps": "internally_displaced",
    "returned_refugees": "returned_refugees",
    "returned_idps": "returned_internally_displaced",
    "stateless": "stateless",
    "ooc": "others_of_concern",
    "hst": "host_community",
}
_FLOWS = {
    "refugees": "refugees",
    "refugee_like": "refugee_like",
    "asylum_seekers": "asylum_seekers",
    "oip": "others_in_need",
}
_NAN = float("nan")

#: Tidy table: its raw files, and how the readers give it.
BUILDERS: dict[str, tuple[tuple[str, ...], Callable[[Path], pd.DataFrame]]] = {
    "population/migrant_stock_2020.parquet": (
        ("population/raw/undesa_ims_2020_gdidata.rda",),
        _stock("undesa_ims_2020_gdidata.rda"),
    ),
    "population/migrant_stock_2024.parquet": (
        ("population/raw/undesa_ims_2024_gdidata.rda",),
        _stock("undesa_ims_2024_gdidata.rda"),
    ),
    "population/migrant_stock_gbmd_1960_2000.parquet": (
        ("population/raw/worldbank_gbmd_1960_2000_dcData.rda",),
        _stock("worldbank_gbmd_1960_2000_dcData.rda"),
    ),
    "population/migrant_stock_published_totals.parquet": (
        tuple(f"population/raw/undesa_ims_{year}_totals.xlsx" for year in (2015, 2019, 2020)),
        _published_totals,
    ),
    "population/unhcr_population.parquet": (
        ("population/raw/unhcr_population.rda",),
        _unhcr("unhcr_population.rda", _POPULATION, 0.0),
    ),
    "population/unhcr_flows.parquet": (
        ("population/raw/unhcr_flows.rda",),
        _unhcr("unhcr_flows.rda", _FLOWS, _NAN),
    ),
    "population/unrwa_refugees.parquet": (
        ("population/raw/unhcr_unrwa.rda",),
        _unhcr("unhcr_unrwa.rda", {"refugees_unrwa": "registered"}, _NAN),
    ),
    "economy/tidy/bilateral_remittances.parquet": (
        ("economy/raw/knomad_bilateral_remittances_2018.csv",),
        _remittances,
    ),
    "economy/tidy/pwt1001.parquet": (("economy/raw/pwt10.01.rda",), _penn),
    "economy/tidy/labour_ilo.parquet": (("economy/raw/fdl_ilo_stat.rds",), _labour),
    "economy/tidy/earnings_by_occupation_ilo.parquet": (
        ("economy/raw/fdl_ilo_stat.rds",),
        _earnings,
    ),
    "economy/tidy/cepii_dist.parquet": (("economy/raw/dist_cepii.zip",), _distances),
    "economy/tidy/cepii_geo.parquet": (("economy/raw/geo_cepii.xls",), _points),
}


def _write(table: pd.DataFrame, file: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("built", table)
        connection.execute(f"COPY built TO '{file}' (FORMAT parquet)")


def overlay(data: Path, folder: Path, say: Callable[[str], None]) -> Path:
    """Make `folder` look like the data folder `data`, tables through the readers where possible."""
    for half in ("population", "economy/tidy"):
        (folder / half).mkdir(parents=True, exist_ok=True)
    for beside in (data / "economy").iterdir():  # facts and parameters
        if beside.name not in ("tidy", "raw"):
            (folder / "economy" / beside.name).symlink_to(beside.resolve())
    for half in ("population", "economy/tidy"):
        for tidy in sorted((data / half).glob("*.parquet")):
            name = f"{half}/{tidy.name}"
            files, build = BUILDERS.get(name, ((), None))
            if build is not None and all((data / file).is_file() for file in files):
                _write(build(data), folder / name)
                say(f"{name}: through the readers, from {', '.join(files)}")
            else:
                (folder / name).symlink_to(tidy.resolve())
                if name in STAYS_TIDY:
                    say(f"{name}: tidy table ({STAYS_TIDY[name]})")
                elif build is not None:
                    say(f"{name}: tidy table (the publisher's file is not there)")
    return folder
