"""Flows of the world against figures stated elsewhere, and flows inside countries."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from corridors.baseline import periods
from corridors.data import store
from corridors.errors import InputError
from corridors.flows import indices, refugees, summaries
from corridors.flows.methods import METHODS, Estimate, estimate_flows, world_flows
from corridors.flows.sexes import flows_by_sex
from corridors.flows.uncertainty import PUBLISHED
from corridors.people import stocks

# --- the world case of METHODS.md ---------------------------------------------------------------


@cache
def world_case(shared: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    folder = shared / "reference" / "flows" / "world"
    rows = pd.read_csv(folder / "stocks.csv.gz", keep_default_na=False)
    areas = pd.read_csv(folder / "areas.csv.gz", keep_default_na=False).set_index("area")
    start, end = (
        rows.pivot(index="birth", columns="residence", values=f"stock_{end}")
        for end in ("start", "end")
    )
    return start, end, areas


@pytest.mark.parametrize(
    ("method", "million"), [("da_min_closed", 55.6), ("da_pb_closed", 102.5), ("da_min_open", 38.7)]
)
def test_world_totals(shared: Path, method: str, million: float) -> None:
    start, end, areas = world_case(shared)
    estimate = estimate_flows(start, end, births=areas.births, deaths=areas.deaths, method=method)
    assert round(float(estimate.flows.sum()) / 1e6, 1) == million
    assert estimate.error <= 1e-10


@pytest.mark.parametrize("method", ["da_min_closed", "da_ind_closed", "da_pb_closed"])
def test_closed_methods_keep_net_migration_up_to_the_stated_closure(
    shared: Path, method: str
) -> None:
    start, end, areas = world_case(shared)
    estimate = estimate_flows(start, end, births=areas.births, deaths=areas.deaths, method=method)
    net = estimate.net().to_series()
    given = end.sum() - start.sum() - areas.births + areas.deaths
    closure = estimate.adjustments[estimate.adjustments["step"].str.startswith("closure")]
    by_area = closure.pivot(index="area", columns="at", values="persons").fillna(0.0)
    stated = (by_area["end"] - by_area["start"]).reindex(net.index, fill_value=0.0)
    np.testing.assert_allclose(net, given[net.index] + stated, atol=1e-3)
    assert float((net - areas.net_wpp[net.index]).abs().max()) < 6_200
    assert np.corrcoef(net, areas.net_wpp[net.index])[0, 1] > 0.999_999


def test_the_emirates_are_repaired_and_reported(shared: Path) -> None:
    start, end, areas = world_case(shared)
    assert start.loc["ARE", "ARE"] == -155_694
    estimate = estimate_flows(start, end, births=areas.births, deaths=areas.deaths)
    repaired = estimate.adjustments[estimate.adjustments["step"].str.startswith("negative native")]
    assert repaired[["at", "area", "persons"]].values.tolist() == [["start", "ARE", 155_694.0]]
    stock = estimate.stocks()["stock_start"].sel(residence="ARE")
    assert float(stock.sel(birthplace="ARE")) == 0.0
    assert float(stock.sum()) == pytest.approx(start["ARE"].sum())


@cache
def estimated(period: str) -> dict[str, Estimate]:
    return world_flows(periods.observe(period), methods=tuple(METHODS))


# --- the figures in the package -----------------------------------------------------------------


def test_observed_figures_are_those_of_the_world_case(shared: Path) -> None:
    start, end, areas = world_case(shared)
    ours = periods.observe("2010-2015")
    # Kosovo, and two islands that the case leaves out, are counted in these two.
    both = [code for code in start.index.intersection(ours.indexes["area"])
            if code not in ("SRB", "GLP")]  # fmt: skip
    assert len(both) == 227
    for table, theirs in (("stock_start", start), ("stock_end", end)):
        values = ours[table].sel(birthplace=both, residence=both).to_numpy()
        given = theirs.loc[both, both].to_numpy()
        off = ~np.eye(len(both), dtype=bool)
        assert np.array_equal(values[off], given[off])
        # The native-born differ by the people born in areas that only one of the two tells.
        assert np.abs(np.diagonal(values) - np.diagonal(given)).max() < 30_000
    for name in ("births", "deaths"):
        assert float(np.abs(ours[name].sel(area=both) - areas[name][both]).max()) <= 0.5
    kosovo = ours["births"].sel(area="SRB") - areas["births"]["SRB"]
    assert float(kosovo) == pytest.approx(148_958.5)


def test_areas_that_were_one_are_counted_as_one() -> None:
    early, late = (periods.observe(period) for period in ("2005-2010", "2010-2015"))
    assert {"SUD", "SCG", "ANT"} <= set(early.indexes["area"])
    assert not {"SDN", "SSD", "SRB", "MNE", "XKX", "CUW"} & set(early.indexes["area"])
    assert {"SDN", "SSD", "SRB", "MNE", "CUW", "CHI"} <= set(late.indexes["area"])
    assert not {"SUD", "SCG", "ANT", "XKX", "GGY", "JEY"} & set(late.indexes["area"])


def test_editions_are_not_mixed() -> None:
    assert periods.observe("2015-2020").attrs["edition"] == 2020
    assert periods.observe("2020-2024").attrs["edition"] == 2024
    assert periods.observe("2015-2020", edition=2024).attrs["edition"] == 2024
    with pytest.raises(InputError, match="two years of one"):
        periods.observe("2020-2024", edition=2020)


def test_a_period_of_four_years_says_so() -> None:
    assert periods.observe("2020-2024").attrs["years"] == 4


def test_by_sex_the_parts_are_the_whole_and_assumed() -> None:
    both, women, men = (periods.observe("2010-2015", sex=sex) for sex in stocks.SEXES)
    assert (both.attrs["vital_kind"], women.attrs["vital_kind"]) == ("reported", "assumed")
    for name in ("stock_start", "stock_end", "births", "deaths", "population_end", "net"):
        np.testing.assert_allclose(women[name] + men[name], both[name], rtol=1e-9, atol=1e-3)
    born = men["births"] / women["births"]
    published = store.table("sex_ratio_at_birth").query("2010 <= year <= 2015")
    for area in ("CHN", "KEN", "IND"):
        ratios = published[published["area"] == area]["boys_per_girl"]
        assert ratios.min() - 1e-6 <= float(born.sel(area=area)) <= ratios.max() + 1e-6
    assert float(born.sel(area="CHN")) > 1.1 > float(born.sel(area="KEN"))


@pytest.mark.parametrize("period", periods.PERIODS)
def test_net_migration_of_one_sex_sums_to_less_than_a_tenth_of_its_size(period: str) -> None:
    """With 105 boys to 100 girls and deaths by life expectancy it was 3.5 million in 2015-2020."""
    net = periods.observe(period, sex="each")["net"]
    assert float((abs(net.sum("area")) / abs(net).sum("area")).max()) < 0.08


@cache
def by_sex(period: str) -> dict[str, Estimate]:
    each, both = periods.observe(period, sex="each"), periods.observe(period)
    return flows_by_sex(each, methods=PUBLISHED, both=both)


LONGER = [pytest.param(p, marks=pytest.mark.slow) for p in ("1990-1995", "2015-2020")]


@pytest.mark.parametrize("period", [*LONGER, "2020-2024"])
def test_women_and_men_are_both_in_every_flow_and_adjustment(period: str) -> None:
    for method, estimate in by_sex(period).items():
        flows, both = estimate.flows.to_numpy(), estimated(period)[method]
        assert (flows >= 0.0).all(), method
        assert (flows.sum(axis=0) == both.flows.to_numpy()).all(), method
        rows = estimate.adjustments
        closure = rows[rows["step"].str.startswith("closure")].groupby(["at", "area"])
        closed = both.adjustments[both.adjustments["step"].str.startswith("closure")]
        expected = closed.groupby(["at", "area"])["persons"].sum()
        if METHODS[method].system == "closed":
            np.testing.assert_allclose(
                closure["persons"].sum().reindex(expected.index), expected, atol=1e-3
            )


#: Areas whose women's share is further than 5 points from the published one (5.04 and 14.8). Theirs
#: is from WPP 2022, whose figures by sex are not at hand, so the reason is not known.
ELSEWHERE = {("2005-2010", "IND"), ("2015-2020", "PAK")}
LARGEST = ("CHN", "IND", "USA", "IDN", "PAK", "BRA", "NGA", "BGD", "RUS", "MEX")


@pytest.mark.parametrize("period", ["2005-2010", "2010-2015", "2015-2020"])
def test_the_share_of_women_is_near_the_published_one(shared: Path, period: str) -> None:
    ours = by_sex(period)["da_pb_closed"].net().to_pandas()
    file = shared / "data" / "population" / "flows_abel_cohen.parquet"
    rows = duckdb.sql(f"FROM '{file}' WHERE year0 = {period[:4]} AND sex <> 'T'").df()
    into, out = (
        rows.groupby(["sex", end])["da_pb_closed"].sum().unstack(0).rename_axis("area")
        for end in ("destination", "origin")
    )
    theirs = into.sub(out, fill_value=0.0)
    compared, further = 0, set()
    for area in LARGEST:
        women, both = theirs.loc[area, "F"], theirs.loc[area].sum()
        if abs(ours[area].sum() / both - 1.0) > 0.15:
            continue
        compared += 1
        if abs(ours.loc["female", area] / ours[area].sum() - women / both) > 0.05:
            further.add((period, area))
    assert compared >= 2
    assert further == {pair for pair in ELSEWHERE if pair[0] == period}


def test_a_sex_that_does_not_close_is_refused() -> None:
    observed = periods.observe("2015-2020", sex="each")
    births = observed["births"].copy()
    births.loc[{"sex": "female"}] *= 1.02
    with pytest.raises(InputError, match="closure of female: net migration sums to"):
        flows_by_sex(observed.assign(births=births))


def test_every_cell_has_a_kind() -> None:
    observed = periods.observe("2010-2015")
    kinds = set(np.unique(observed["kind_start"]))
    assert kinds == {"reported", "modelled", "assumed"}
    absent = observed["kind_start"].to_numpy() == "assumed"
    assert (observed["stock_start"].to_numpy()[absent] == 0.0).all()
    diagonal = np.diagonal(observed["kind_start"].to_numpy())
    assert set(diagonal) == {"modelled"}


@pytest.mark.parametrize("period", periods.PERIODS)
def test_every_period_can_be_estimated_by_every_method(period: str) -> None:
    for method, estimate in estimated(period).items():
        flows = estimate.flows.to_numpy()
        assert np.isfinite(flows).all() and (flows >= 0.0).all(), method
        assert (np.diagonal(flows) == 0.0).all(), method
        assert estimate.error <= 1e-10, method
        assert 2e7 < flows.sum() < 6e8, method
        assert estimate.flows.attrs["kind"] == "modelled"


# --- the published estimates --------------------------------------------------------------------


@cache
def published(shared: Path, year: int) -> pd.DataFrame:
    file = shared / "data" / "population" / "flows_abel_cohen.parquet"
    rows = duckdb.sql(f"FROM '{file}' WHERE sex = 'T' AND year0 = {year}").df()
    return rows.set_index(["origin", "destination"])[list(PUBLISHED)]


#: Least correlation of log1p where both exceed 1,000, 2010-2015 (issue 4).
LEAST = {"da_pb_closed": 0.95, "da_min_open": 0.98, "da_min_closed": 0.90}


@pytest.mark.parametrize("method", PUBLISHED)
@pytest.mark.parametrize("year", range(1990, 2020, 5))
def test_estimates_resemble_those_published(shared: Path, year: int, method: str) -> None:
    """Theirs are from WPP 2022: vital data were revised, stocks were not (benchmarks)."""
    theirs = published(shared, year)[method]
    ours = estimated(f"{year}-{year + 5}")[method].flows.to_series()
    both = pd.concat([ours, theirs], axis=1, keys=["ours", "theirs"]).fillna(0.0)
    large = np.log1p(both[(both > 1000).all(axis=1)])
    correlation = large.corr().iloc[0, 1]
    stocks_only = method.startswith("sd_")
    assert both["ours"].sum() == pytest.approx(theirs.sum(), rel=0.01 if stocks_only else 0.3)
    if stocks_only:
        assert correlation > 0.999
    elif method == "mig_rate":
        assert correlation > 0.99
    else:
        assert correlation >= (LEAST[method] if year == 2010 else 0.85)


# --- inside countries ---------------------------------------------------------------------------


def inside(shared: Path, dataset: str, year: int) -> pd.DataFrame:
    file = shared / "data" / "population" / "internal_migration_od.parquet"
    condition = f"dataset = '{dataset}' AND year = {year} AND sex = 'T'"
    return duckdb.sql(f"SELECT origin, destination, flow FROM '{file}' WHERE {condition}").df()


@pytest.mark.parametrize(
    ("dataset", "year", "areas", "total"),
    [
        ("kosis_registered_moves", 2020, 17, 2_534_114),
        ("acs_state_to_state", 2019, 50, 7_287_374),
        ("census_5year_state", 2010, 27, 4_643_745),
    ],
)
def test_internal_migration_with_any_labels(
    shared: Path, dataset: str, year: int, areas: int, total: int
) -> None:
    flows = summaries.flow_matrix(inside(shared, dataset, year), absent=0.0)
    assert flows.shape == (areas, areas)
    by_area = summaries.by_area(flows)
    assert by_area["outflow"].sum() == by_area["inflow"].sum() == total
    assert by_area["net"].sum() == 0
    pairs = summaries.by_pair(flows)
    assert pairs["flow"].sum() == total and pairs["net_flow"].sum() == 0
    value = indices.indices(flows).set_index("name")["value"]
    assert 0.0 < value["effectiveness"] < 1.0
    assert 0.9 < value["connectivity"] <= 1.0
    assert value["gini_rows"] < value["gini_total"] < 1.0
    lumped = summaries.lump(flows, 50_000)
    assert float(lumped.sum()) == total


def test_korea_has_its_published_intensity(shared: Path) -> None:
    """Crude migration intensity of moves between the 17 regions, 4.89 % in 2020."""
    flows = summaries.flow_matrix(inside(shared, "kosis_registered_moves", 2020))
    file = shared / "data" / "population" / "internal_korea_covariates.parquet"
    rows = duckdb.sql(f"FROM '{file}' WHERE year = 2020").df()
    people = rows.groupby("dest")["dest_pop"].first() * 1e6
    apart = rows.rename(columns={"orig": "origin", "dest": "destination", "dist_cent": "flow"})
    value = indices.indices(
        flows,
        population=people,
        kilometres=summaries.flow_matrix(apart[["origin", "destination", "flow"]]),
    ).set_index("name")["value"]
    assert value["crude_probability"] == pytest.approx(0.0488937, rel=1e-5)
    assert value["distance_decay"] == pytest.approx(-0.92015, rel=1e-5)
    assert value["weighted_gini"] == pytest.approx(0.64687, rel=1e-5)


# --- displaced ----------------------------------------------------------------------------------


def test_syrians_in_turkey_fled() -> None:
    """UNHCR registered 2.27 m arrivals of Syrians in Türkiye from mid-2010 to mid-2015."""
    home = periods.combine(2020, (2010, 2015))
    arrived = refugees.arrivals(periods.protection(), (2010, 2015), home).loc[("SYR", "TUR")]
    assert arrived["refugees"] == pytest.approx(307_744 + 477_795 + 1_004_683 + 946_790 / 2)
    assert arrived["least"] <= arrived["most"]
    flows = estimated("2010-2015")["da_pb_closed"].flows
    split = refugees.split_flows(flows, periods.protection(), "2010-2015", home)
    split = split.set_index(["origin", "destination"])
    row = split.loc[("SYR", "TUR")]
    assert row["basis"] == "arrivals"
    assert row["protection_least"] > 0.9 * row["flow"]
    assert split.loc[("BGD", "IND"), "basis"] == "not known"
    assert np.isnan(split.loc[("BGD", "IND"), "protection_least"])


def test_a_split_flow_adds_up() -> None:
    home = periods.combine(2020, (2010, 2015))
    flows = estimated("2010-2015")["da_pb_closed"].flows
    split = refugees.split_flows(flows, periods.protection(), "2010-2015", home)
    assert split["flow"].sum() == pytest.approx(float(flows.sum()))
    known = split[split["basis"] != "not known"]
    assert (known["protection_least"] <= known["protection_most"] + 1e-9).all()
    assert (known["protection_most"] <= known["flow"] + 1e-9).all()
    assert (known[["rest_least", "rest_most"]] >= 0.0).all(axis=None)
    back = known["returned"].fillna(0.0)
    free = known["flow"] >= known["protection_least"] + back
    summed = known["protection_least"] + back + known["rest_most"]
    np.testing.assert_allclose(summed[free], known["flow"][free], rtol=1e-9)


def test_refugees_who_went_home_are_in_the_flow_back() -> None:
    """Afghans went home from Pakistan after 1990; UNHCR counts them where they had fled to."""
    back = refugees.returns(periods.protection(), (1990, 1995))
    assert back[("PAK", "AFG")] > 1_000_000
    assert back.index.get_level_values("origin").isin(["AFG"]).mean() < 0.1


@pytest.mark.parametrize("year", range(1990, 2020, 5))
def test_the_largest_differences_go_where_vital_data_were_revised(shared: Path, year: int) -> None:
    """Of the ten largest, nine flows rose or fell as the revised net migration of their ends."""
    theirs = published(shared, year)
    ours = estimated(f"{year}-{year + 5}")

    def net(flows: pd.Series) -> pd.Series:
        into, out = (flows.groupby(end).sum() for end in ("destination", "origin"))
        return into.sub(out, fill_value=0.0)

    revised = net(ours["da_min_closed"].flows.to_series()) - net(theirs["da_min_closed"])
    gap = ours["da_pb_closed"].flows.to_series() - theirs["da_pb_closed"]
    ten = gap.loc[gap.abs().nlargest(10).index]
    pull = revised[ten.index.get_level_values("destination")].to_numpy()
    pull = pull - revised[ten.index.get_level_values("origin")].to_numpy()
    assert (np.sign(pull) == np.sign(ten)).sum() >= (8 if year == 1995 else 9)
