"""Names, groups and splits of areas."""

from __future__ import annotations

import subprocess
import sys

import pytest

from corridors import areas
from corridors.errors import InputError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Viet Nam", "VNM"), ("Vietnam", "VNM"), ("VNM", "VNM"), ("vn", "VNM"), ("704", "VNM"),
        ("Côte d'Ivoire", "CIV"), ("Cote d’Ivoire", "CIV"), ("Ivory Coast", "CIV"),
        ("Burma", "MMR"), ("Swaziland", "SWZ"), ("Czech Republic", "CZE"), ("Czechia", "CZE"),
        ("Cape Verde", "CPV"), ("Macedonia", "MKD"), ("Türkiye", "TUR"), ("TURKEY", "TUR"),
        ("South Korea", "KOR"), ("Korea, Republic of", "KOR"), ("North Korea", "PRK"),
        ("Korea, Democratic People's Republic of", "PRK"),
        ("Congo, Democratic Republic of the", "COD"), ("DR Congo", "COD"), ("Zaire", "COD"),
        ("Congo-Brazzaville", "COG"), ("Palestine", "PSE"), ("Syria", "SYR"), ("Iran", "IRN"),
        ("Iran, Islamic Rep.", "IRN"), ("Russia", "RUS"), ("Bolivia", "BOL"),
        ("Venezuela", "VEN"), ("Tanzania", "TZA"), ("Laos", "LAO"), ("Moldova", "MDA"),
        ("USA", "USA"), ("United States", "USA"), ("U.S.", "USA"), ("UK", "GBR"),
        ("Great Britain", "GBR"), ("UAE", "ARE"), ("Holland", "NLD"), ("the Netherlands", "NLD"),
        ("East Timor", "TLS"), ("St. Lucia", "LCA"), ("São Tomé & Príncipe", "STP"),
        ("Reunion", "REU"), ("Curacao", "CUW"), ("Kosovo", "XKX"), ("Hong Kong", "HKG"),
        ("Taiwan", "TWN"), ("NA", "NAM"), ("004", "AFG"), ("Niger", "NER"), ("Guinea", "GIN"),
        ("Dominica", "DMA"), ("Netherlands Antilles", "ANT"),
    ],
)  # fmt: skip
def test_name_means_the_area(name: str, code: str) -> None:
    assert areas.resolve(name).code == code


def test_every_area_answers_to_its_own_code_number_and_name() -> None:
    for code, area in areas.every_area().items():
        keys = [code, area.name, area.name.upper(), area.iso2, area.m49 and str(area.m49)]
        assert [areas.resolve(key).code for key in keys if key] == [code] * len(
            [key for key in keys if key]
        )


@pytest.mark.parametrize(
    ("name", "could_be"),
    [
        ("Korea", {"KOR", "PRK"}),
        ("Congo", {"COG", "COD"}),
        ("Virgin Islands", {"VGB", "VIR"}),
        ("St Martin", {"MAF", "SXM"}),
        ("Czechoslovakia", {"CZE", "SVK"}),
    ],
)
def test_ambiguous_name_is_an_error_that_names_the_areas(name: str, could_be: set[str]) -> None:
    with pytest.raises(InputError, match="more than one area") as raised:
        areas.resolve(name)
    assert {code for code in could_be if f"({code})" in str(raised.value)} == could_be


def test_unknown_name_offers_the_three_nearest() -> None:
    with pytest.raises(InputError) as raised:
        areas.resolve("Viet Nahm")
    (problem,) = raised.value.problems
    assert "'Viet Nahm'" in problem.where
    assert problem.fix.startswith("Did you mean Viet Nam (VNM), ")
    assert problem.fix.count("(") == 3
    with pytest.raises(InputError, match="Philippines"):
        areas.resolve("Phillipines")


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_empty_name_is_an_error(name: str) -> None:
    with pytest.raises(InputError, match="empty"):
        areas.resolve(name)


@pytest.mark.parametrize(
    ("group", "number", "has", "lacks"),
    [
        ("EU", 27, "HRV", "GBR"), ("EU 28", 28, "GBR", "CHE"), ("Schengen", 29, "BGR", "IRL"),
        ("Schengen 2020", 26, "CHE", "HRV"), ("GCC", 6, "OMN", "YEM"), ("OECD", 38, "CRI", "BRA"),
        ("ECOWAS", 12, "NGA", "MLI"), ("ECOWAS 2020", 15, "MLI", "MRT"),
        ("CARICOM", 15, "HTI", "CUB"), ("MERCOSUR", 5, "BOL", "CHL"), ("ASEAN", 11, "TLS", "PNG"),
        ("SADC", 16, "COM", "KEN"), ("EAC", 8, "SOM", "ETH"),
        ("Northern Triangle", 3, "SLV", "NIC"), ("South America", 14, "PER", "PAN"),
        ("Northern Africa", 7, "SDN", "SSD"), ("Central Asia", 5, "UZB", "AFG"),
    ],
)  # fmt: skip
def test_groups(group: str, number: int, has: str, lacks: str) -> None:
    members = areas.select(group)
    assert len(members) == number
    assert has in members
    assert lacks not in members
    assert areas.membership(group)


def test_every_member_of_a_group_is_an_area_of_today() -> None:
    today = set(areas.select("all"))
    assert {"XKX", "CHI", "TWN"} <= today
    assert not today & {"ANT", "SCG", "SUD", "OTH", "UNK", "XXA"}
    for name, members in areas.groups().items():
        assert members, name
        assert len(set(members)) == len(members), name
        assert set(members) <= today, name


def test_regions_and_income_groups_part_the_world() -> None:
    regions = [areas.groups()[name] for name in ("Africa", "Americas", "Asia", "Europe", "Oceania")]
    assert sum(map(len, regions)) == len(areas.select("all"))
    incomes = ("Low income", "Lower middle income", "Upper middle income", "High income")
    members = [code for name in incomes for code in areas.groups()[name]]
    assert len(set(members)) == len(members)
    assert "ETH" in areas.select("low income")


def test_select_follows_the_order_asked_from_and_takes_away() -> None:
    world = ("USA", "SAU", "MEX", "ARE", "PHL")
    assert areas.select("GCC", among=world) == ("SAU", "ARE")
    assert areas.select("not GCC", among=world) == ("USA", "MEX", "PHL")
    assert areas.select(["all", "not Mexico"], among=world) == ("USA", "SAU", "ARE", "PHL")
    assert areas.select(["Philippines", "Gulf", "not ARE"], among=world) == ("SAU", "PHL")
    assert areas.select("European Union") == areas.select("EU")
    assert set(areas.select("Latin America")) < set(areas.select("Americas"))


def test_select_reports_every_problem_at_once() -> None:
    with pytest.raises(InputError) as raised:
        areas.select(["Afrca", "Korea", "GCC", "Taiwan"], among=["SAU", "PHL"])
    wheres = [problem.where for problem in raised.value.problems]
    assert wheres == ["area 'Afrca'", "area 'Korea'", "selection 'Taiwan'"]
    assert "Africa" in raised.value.problems[0].fix


@pytest.mark.parametrize("names", [[], ["GCC", "not GCC"], "not all"])
def test_selection_of_nothing_is_an_error(names: list[str] | str) -> None:
    with pytest.raises(InputError, match="leaves no area"):
        areas.select(names)


def test_group_without_a_member_in_the_world_is_an_error() -> None:
    with pytest.raises(InputError, match="no member of OECD"):
        areas.select("OECD", among=["SAU", "PHL"])


def test_name_of_a_country_and_a_region_must_be_told_apart() -> None:
    with pytest.raises(InputError, match="Micronesia region"):
        areas.select("Micronesia")
    assert areas.select("FSM") == ("FSM",)
    assert "GUM" in areas.select("Micronesia region")


@pytest.mark.parametrize(
    ("code", "year", "covered"),
    [
        ("SDN", 2005, "SDN SSD"), ("SDN", 2015, "SDN"), ("SUD", 2015, "SDN SSD"),
        ("SCG", 2000, "MNE SRB XKX"), ("SRB", 2007, "SRB XKX"), ("SRB", 2020, "SRB"),
        ("ANT", 1980, "ABW BES CUW SXM"), ("ANT", 2005, "BES CUW SXM"), ("DDR", 1980, "DEU"),
        ("YUG", 1980, "BIH HRV MKD MNE SRB SVN XKX"), ("PHL", 1980, "PHL"),
    ],
)  # fmt: skip
def test_parts(code: str, year: int, covered: str) -> None:
    assert areas.parts(code, year) == tuple(covered.split())


def test_resolve_loads_neither_pandas_nor_numpy() -> None:
    script = (
        "import sys; from corridors import areas; early = set(sys.modules);"
        "areas.resolve('Viet Nam'); areas.select('EU');"
        "print([m for m in ('pandas', 'numpy') if m in sys.modules],"
        " [m for m in ('duckdb', 'pandas') if m in early])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[] []"
