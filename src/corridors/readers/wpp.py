"""UN DESA, World Population Prospects: the producers' packages, and ages of 2019."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, wide
from corridors.readers.declared import PROVEN, Download, Opened, Reader, ReadTable, Total
from corridors.readers.table import text, year_of
from corridors.readers.wide import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]

_THOUSAND = 1e3
_PERSONS = ("births", "deaths", "mig", "PopChange", "popM", "popF", "pop_low", "pop_high")
_NAMES = {
    "mig": "net_migration",
    "PopChange": "population_change",
    "popM": "population_male",
    "popF": "population_female",
    "pop": "population",
    "cbr": "crude_birth_rate",
    "cdr": "crude_death_rate",
    "cnmr": "net_migration_rate",
    "growthrate": "growth_rate",
    "NatChangeRT": "natural_change_rate",
    "tfr": "total_fertility",
    "e0M": "life_expectancy_male",
    "e0F": "life_expectancy_female",
    "e0B": "life_expectancy",
}
_UNITS = {
    "births": "persons",
    "deaths": "persons",
    "tfr": "children per woman",
    "e0M": "years",
    "e0F": "years",
    "e0B": "years",
    "pop": "persons",
    **dict.fromkeys(_PERSONS, "persons"),
}
_PER_THOUSAND = "per thousand people and year"
_BOUNDS = {"80l": "lower_80", "80u": "upper_80", "95l": "lower_95", "95u": "upper_95",
           "low": "low_variant", "high": "high_variant"}  # fmt: skip
_OBJECT = re.compile(r"(misc|mig|tfr|e0|pop|births|deaths)(proj)?1dt")


def _measure(column: str) -> Measure:
    stem, _, bound = column.partition("_")
    name = _NAMES.get(stem, stem) + (f"_{_BOUNDS[bound]}" if bound in _BOUNDS else "")
    unit = _UNITS.get(stem, _PER_THOUSAND)
    return Measure(name, unit, _THOUSAND if unit == "persons" else 1.0)


def _read_package(opened: Opened) -> ReadTable:
    raw = opened.r_frame
    raw = raw[raw["country_code"].notna()]
    meant = wide.meaning_of(raw, "country_code", opened.path.name, "m49")
    table = raw.assign(
        area=raw["country_code"].map(lambda code: meant[text(code)].code),
        year=raw["year"].astype(int),
    )
    world = raw["country_code"].map(lambda code: meant[text(code)].role) == labels.TOTAL
    measures = {
        column: _measure(column) for column in raw.columns if column not in ("country_code", "year")
    }
    frame = wide.long(table[table["area"] != ""], ("area", "year"), measures)
    projected = "proj" in (opened.object_name or "")
    frame["variant"] = "medium" if projected else "estimate"
    units = {measure.quantity: measure.unit for measure in measures.values()}
    notes = [
        "thousands in the file, persons here",
        f"{int((table['area'] == '').sum())} rows of the world and regions left out",
    ]
    _check_world(opened, table, measures, world)
    edition = f"2024, {opened.object_name}"
    return ReadTable(frame, ("area", "year", "quantity"), units, "modelled", edition, tuple(notes))


def _check_world(
    opened: Opened, table: pd.DataFrame, measures: dict[str, Measure], world: pd.Series
) -> None:
    """Births, deaths and people of the places must be the world's; the Holy See is not there."""
    for column in {"births", "deaths", "popM", "popF"} & measures.keys():
        places = table[table["area"] != ""].groupby("year")[column].sum()
        told = table[world].set_index("year")[column]
        apart = (told - places.reindex(told.index)).abs() > 0.002 + 2e-6 * told.abs()
        if apart.any():
            year = int(told.index[apart.to_numpy().argmax()])
            what = f"{column} {year}: world {told[year]:,.3f}, places {places[year]:,.3f}"
            raise InputError(Problem(str(opened.path), what, "Fetch the file again"))


def _is_ages(opened: Opened) -> bool:
    if opened.is_r or not opened.sheets[0].rows:
        return False
    head = [text(cell) for cell in opened.sheets[0].rows[0]]
    return head[:3] in (["country_code", "name", "age"], ["country_code", "country", "age"])


def _read_ages(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = opened.sheets[0]
    sex = re.search(r"pop(M|F)", opened.path.name)
    if sex is None:
        fix = "Keep the publisher's name: popM.txt, popFprojMed.txt"
        raise InputError(Problem(str(opened.path), "its name says no sex", fix))
    raw = wide.sheet_frame(sheet, 0)
    meant = wide.meaning_of(raw, "country_code", opened.path.name, "m49")
    raw["area"] = raw["country_code"].map(lambda code: meant[text(code)].code)
    raw["age"] = raw["age"].map(lambda band: int(re.match(r"\d+", text(band))[0]))  # type: ignore[index]
    years = [name for name in raw.columns if year_of(name) is not None]
    kept = raw[raw["area"] != ""]
    frame = kept.melt(["area", "age"], years, var_name="year", value_name="value")
    frame["value"] = pd.to_numeric(frame["value"].replace("NA", None)) * _THOUSAND
    frame["year"] = frame["year"].astype(int)
    frame["sex"] = sex[1]
    frame["status_of_value"] = frame["value"].map(
        lambda value: "zero" if value == 0 else "not_reported" if value != value else "reported"
    )
    left = sorted({text(name) for name in raw.loc[raw["area"] == "", raw.columns[1]]})
    notes = (f"thousands in the file, persons here; {len(left)} regions left out",)
    columns = ["area", "age", "year", "sex", "value", "status_of_value"]
    edition = f"2019, pop{sex[1]}{'projMed' if 'proj' in opened.path.name else ''}"
    dims = ("area", "age", "year", "sex")
    return ReadTable(frame[columns], dims, {"": "persons"}, "modelled", edition, notes)


_REPOSITORY = (
    "https://raw.githubusercontent.com/PPgp/wpp2024/2da7768ae64fc74105d3f9e98f9a74d37b62f99a"
)
_FETCHED = ("misc1dt", "miscproj1dt", "mig1dt", "migproj1dt", "popproj1dt", "tfr1dt", "e01dt")

READERS = (
    Reader(
        name="un-wpp-package",
        publisher="UN DESA Population Division",
        dataset="World Population Prospects 2024, packages wpp2024 and wpp2024extra",
        editions=("2024",),
        address="https://github.com/PPgp/wpp2024",
        licence="CC BY 3.0 IGO",
        rank=PROVEN,
        recognises=lambda opened: bool(_OBJECT.fullmatch(opened.object_name or "")),
        read=_read_package,
        quirks=(
            "thousands of persons and of events; rates per thousand",
            "population is of 31 December, one year earlier than the UN's '1 January'",
            "the Holy See is not in the package; Kosovo is outside Serbia",
            "about sixty aggregates among the rows; births of the bounds have codes as floats",
        ),
        totals={
            "2024, misc1dt": (
                Total("births 1950", 91_823_936, {"quantity": "births", "year": 1950}, 2e-6),
            ),
            "2024, popproj1dt": (
                Total(
                    "men, end of 2024",
                    4_120_769_361,
                    {"quantity": "population_male", "year": 2024},
                    2e-6,
                ),
            ),
            "2024, mig1dt": (
                Total("places with a figure in 1950", 236, {"year": 1950}, statistic="rows"),
            ),
        },
        downloads=tuple(
            Download(f"{_REPOSITORY}/data/{name}.rda", f"{name}.rda") for name in _FETCHED
        ),
    ),
    Reader(
        name="un-wpp-ages",
        publisher="UN DESA Population Division",
        dataset="World Population Prospects 2019, population by age and sex (package wpp2019)",
        editions=("2019",),
        address="https://github.com/cran/wpp2019",
        licence="CC BY 3.0 IGO",
        rank=PROVEN,
        recognises=_is_ages,
        read=_read_ages,
        quirks=(
            "the sex stands in the name of the file only",
            "thousands; 201 places above 90,000 people, so the parts miss the world by 0.04 %",
            "1950 to 1985 end at 80+, later years at 100+",
        ),
        totals={
            "2019, popM": (Total("men 2020", 3_929_973_854, {"year": 2020}, 1e-3),),
            "2019, popF": (Total("women 2020", 3_864_824_712, {"year": 2020}, 1e-3),),
        },
    ),
)
