"""Answers of this package to the questions that known-answer cases of flows ask.

One function for each function of the reference package, in its words: it takes what the case gives,
asks this package, and names the answers as the case does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from corridors.flows import ages, differencing, fitting, indices, margins, net, summaries
from corridors.flows.accounting import Assumptions
from corridors.flows.methods import METHODS, estimate_flows
from corridors.labels import matrix
from known.flows_reading import ELSEWHERE, Answer, Case, read

# --- flows from stocks --------------------------------------------------------------------------

BIRTHS = {"native": "native", "proportion": "proportional"}
DEATHS = {"proportion": "proportional", "accounting": "fitted"}
CLOSURE = {"before": "before", "before-demo-adjust": "before"}
CLOSURE |= {"after": "after", "after-demo-adjust": "after"}


def _assumptions(case: Case, outside: str) -> Assumptions:
    return Assumptions(
        births=case.option("birth_method", "native", BIRTHS),
        deaths=case.option("death_method", "proportion", DEATHS),
        closure=case.option("match_global", "before", CLOSURE),
        rounding="migest",  # its converged answers have its rounding of the closed native-born
        outside=outside,
    )


def demographic_accounting(case: Case) -> Answer:
    outside = {"open-dr": "same end", "open": "other end"}
    systems = dict.fromkeys(outside, "open")
    systems |= dict.fromkeys(("rescale", "rescale-adjust-zero-fb"), "closed")
    matching = case.argument("match_birthplace_tot_method", "rescale")
    system = case.option("match_birthplace_tot_method", "rescale", systems)
    stayers = case.argument("stayer_assumption", True)
    method = f"da_{'min' if stayers else 'ind'}_{system}"
    if method == "da_ind_open":
        raise AssertionError("nothing here knows independence in an open system")
    stocks = case.table("stock_start"), case.table("stock_end")
    vital = {"births": case.table("births"), "deaths": case.table("deaths")}
    seed = case.table("seed")
    options = {
        "method": method,
        "assumptions": _assumptions(case, outside.get(matching, "same end")),
    }
    if matching == "rescale-adjust-zero-fb":
        _every_area_has_foreign_born(*stocks)
    if seed is not None and stayers:
        # The reference ignores a seed while stayers are fixed, and its files are of that
        # (METHODS 6.1); the seeded answer is a case of its own, qi_02s. What both share: margins.
        seeded = estimate_flows(*stocks, **vital, seed=seed, **options)
        plain = estimate_flows(*stocks, **vital, **options)
        for birthplace in seeded.flows.indexes["origin"]:
            for end in ("origin", "destination"):
                totals = [estimated.born_in(birthplace).sum(end) for estimated in (seeded, plain)]
                np.testing.assert_allclose(*totals, rtol=1e-9, atol=1e-9)
        seed = None
    estimate = estimate_flows(*stocks, **vital, seed=seed, **options)
    return {
        "od": estimate.flows,
        "flow": _by_birthplace(estimate),
        "account": estimate.account().set_index(["origin", "destination", "birthplace"])["persons"],
        "total_converged": float(estimate.flows.sum()),
    }


def _every_area_has_foreign_born(*stocks: pd.DataFrame) -> None:
    for stock in stocks:
        if ((stock.to_numpy() * (1.0 - np.eye(len(stock)))).sum(axis=0) == 0.0).any():
            raise AssertionError("nothing here spares areas without foreign-born")


def _by_birthplace(estimate: Any) -> pd.Series:
    names = estimate.flows.indexes["origin"]
    tables = {name: estimate.born_in(name).to_series() for name in names}
    return pd.concat(tables).reorder_levels([1, 2, 0])


def stock_differencing(case: Case) -> Answer:
    start, end = case.table("stock_start"), case.table("stock_end")
    answer = {
        "drop_negative": estimate_flows(start, end, method="sd_drop_neg").flows,
        "reverse_negative": estimate_flows(start, end, method="sd_rev_neg").flows,
    }
    tables = start.to_numpy(), end.loc[start.index, start.columns].to_numpy()
    for name, function in (
        ("drop_negative_with_native", differencing.drop_negative),
        ("reverse_negative_with_native", differencing.reverse_negative),
    ):
        flows = function(*tables, native=True)
        answer[name] = pd.DataFrame(flows, start.index, start.columns)
    return answer


def migration_rates(case: Case) -> Answer:
    start, end = case.table("stock_start"), case.table("stock_end")
    movers = case.argument("M")
    flows = differencing.multiregional(start.to_numpy(), end.to_numpy())
    return {
        "dennett": estimate_flows(start, end, method="mig_rate", movers=movers).flows,
        "rogers_von_rabenau": pd.DataFrame(flows, start.index, start.columns),
    }


def six_estimates(case: Case) -> Answer:
    stocks = case.table("stock_start"), case.table("stock_end")
    vital = {"births": case.table("births"), "deaths": case.table("deaths")}
    case.table("net")  # the movers are given; how they come from net migration is another case
    options = {"mig_rate": {"movers": case.argument("M")}}
    options["da_pb_closed"] = {"weight": case.argument("pseudo_bayes_weight_min")}
    case.argument("rounding")  # says that flows are not rounded, and neither are ours

    def answer(assumptions: Assumptions, closed: tuple[pd.DataFrame, ...]) -> Answer:
        by_method, totals = {}, {}
        for method in METHODS:
            option = options.get(method, {})
            if method.startswith("da_"):
                option = option | {"assumptions": assumptions}
            given = closed if method.endswith("_closed") else stocks
            flows = estimate_flows(*given, **vital, method=method, **option).flows
            column = f"{method}_converged" if method.startswith("da_") else method
            by_method[column], totals[column] = flows.to_series(), float(flows.sum())
        return {"six": pd.DataFrame(by_method), "totals": _measures(**totals)}

    six = read(case.folder, case.about["expected"]["six"])
    flows = six.pivot(index="orig", columns="dest", values="da_min_closed_converged")
    net_migration = flows.sum() - flows.sum(axis="columns")
    case.others = (
        answer(Assumptions(), closed)
        for closed in _closings(*stocks, vital)
        if np.allclose(_net_of(*closed, vital), net_migration[stocks[0].index], atol=0.01)
    )
    return answer(Assumptions(rounding="migest"), stocks)


def _net_of(start: pd.DataFrame, end: pd.DataFrame, vital: Mapping[str, pd.Series]) -> pd.Series:
    natural = (vital["births"] - vital["deaths"])[start.index]
    return end[start.index].sum() - start[start.index].sum() - natural


def _closings(
    start: pd.DataFrame, end: pd.DataFrame, vital: Mapping[str, pd.Series]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Stocks closed in whole persons, with the remainder in each area in turn.

    The reference means to give the remainder to the largest area, but draws one at random from
    the first to the largest; its files hold one such draw.
    """
    names = start.index
    grown = end.to_numpy().sum() - start.to_numpy().sum()
    gap = vital["births"].sum() - vital["deaths"].sum() - grown
    if not gap:
        return
    starts, ends = (
        [_closed(table.loc[names, names], change, area) for area in names]
        for table, change in ((start, -gap / 2), (end, gap / 2))
    )
    yield from itertools.product(starts, ends)


def _closed(stock: pd.DataFrame, change: float, area: str) -> pd.DataFrame:
    """Native-born in whole persons, `change` more in all, the remainder in `area`."""
    native = np.diagonal(stock.to_numpy())
    goal = native.sum() + change
    rounded = pd.Series(np.rint(native * goal / native.sum()), stock.index)
    rounded[area] += goal - rounded.sum()
    values = stock.to_numpy(copy=True)
    np.fill_diagonal(values, rounded)
    return pd.DataFrame(values, stock.index, stock.columns)


def steps(case: Case) -> Answer:
    stocks = case.table("stock_start"), case.table("stock_end")
    vital = {"births": case.table("births"), "deaths": case.table("deaths")}
    tables = {
        name: estimate_flows(
            *stocks,
            **vital,
            method=method,
            assumptions=Assumptions(births=births, rounding="migest"),
        ).stocks()
        for name, method, births in (
            ("closed", "da_min_closed", "native"),
            ("proportion", "da_min_closed", "proportional"),
        )
    }
    closed = tables["closed"]
    # The reference's step 3 starts from closed stocks whatever the system.
    opened = estimate_flows(
        closed["stock_start"], closed["stock_end"], **vital, method="da_min_open"
    ).stocks()
    return {
        "step1_start_global": closed["stock_start"],
        "step1_end_global": closed["stock_end"],
        "step2_births_native": closed["births"],
        "step2_births_proportion": tables["proportion"]["births"],
        "step2_deaths_proportion": closed["deaths"],
        "step3_start_rescaled": closed["survivors_start"],
        "step3_end_rescaled": closed["survivors_end"],
        "step3_start_opendr": opened["survivors_start"],
        "step3_end_opendr": opened["survivors_end"],
        "step3_in_opendr": opened["into"],
        "step3_out_opendr": opened["out"],
    }


# --- fitting ------------------------------------------------------------------------------------


def _arrays(*tables: Any) -> list[Any]:
    return [None if table is None else table.to_numpy(dtype=float) for table in tables]


def _stopping(case: Case) -> None:
    """The reference's own stopping rule, which this package does not follow."""
    case.argument("tol"), case.argument("maxit"), case.argument("verbose")


def two_margins(case: Case) -> Answer:
    """Rows and columns by position: the cases number their margins."""
    _stopping(case)
    rows, columns = case.table("row_tot"), case.table("col_tot")
    seed = case.table("m")
    if seed is None:
        seed = pd.DataFrame(1.0, index=rows.index, columns=columns.index)
    names = list(map(str, seed.index)), list(map(str, seed.columns))
    m, R, C = _arrays(seed, rows, columns)
    scaling = fitting.scale(m, R, C, names=names)
    scalings = {f"alpha{i + 1}": value for i, value in enumerate(scaling.row)}
    scalings |= {f"beta{j + 1}": value for j, value in enumerate(scaling.column)}
    return {
        "fit": pd.DataFrame(scaling.fitted(m), seed.index, seed.columns),
        "theta": pd.Series(scalings),
    }


def three_way_offset(case: Case) -> Answer:
    _stopping(case)
    seed, rows, columns = case.table("m"), case.table("row_tot"), case.table("col_tot")
    cube = seed.unstack([0, 1]).T.groupby(level=[0, 1], sort=False).sum().T
    summed = seed.groupby(level=[0, 1], sort=False).sum().unstack()
    order = [list(dict.fromkeys(seed.index.get_level_values(level))) for level in (0, 1)]
    summed = summed.loc[order[0], order[1]]
    assert cube.size == seed.size, "the cells of the offset are not a full table"
    scaling = fitting.scale(summed.to_numpy(), *_arrays(rows, columns), names=tuple(order))
    factor = pd.DataFrame(scaling.fitted(np.ones(summed.shape)), *order).stack()
    factor.index.names = seed.index.names[:2]
    fit = seed * factor.reindex(seed.index.droplevel(2)).to_numpy()
    scalings = {f"alpha{i + 1}": value for i, value in enumerate(scaling.row)}
    scalings |= {f"beta{j + 1}": value for j, value in enumerate(scaling.column)}
    return {"fit": fit, "theta": pd.Series(scalings)}


def _part_totals(case: Case, kind: str, by_column: bool) -> Answer:
    _stopping(case)
    parts, totals = case.table(kind), case.table(f"{kind}_tot")
    seed, rows, columns = case.table("m"), case.table("row_tot"), case.table("col_tot")
    numbers = totals.to_numpy()
    flat = (numbers.T if by_column else numbers).ravel()
    place = parts.to_numpy().astype(int) - 1
    m = np.ones(place.shape) if seed is None else seed.to_numpy()
    names = list(map(str, parts.index)), list(map(str, parts.columns))
    fitted, _, _ = fitting.scale_parts(m, place, flat, *_arrays(rows, columns), names=names)
    return {"fit": pd.DataFrame(fitted, parts.index, parts.columns)}


def block_totals(case: Case) -> Answer:
    return _part_totals(case, "block", by_column=True)


def stripe_totals(case: Case) -> Answer:
    return _part_totals(case, "stripe", by_column=False)


def _tables_of_margins(case: Case) -> tuple[list[str], Any, Any, Any]:
    """Areas; rows and columns (birth, area); the seed (birth, origin, destination) or None."""
    if case.has("stock_start"):
        start, end = case.table("stock_start"), case.table("stock_end")
        rows, columns = start, end.loc[start.index, start.columns]
    else:
        rows, columns = case.table("row_tot").T, case.table("col_tot")
    names = list(map(str, columns.columns))
    births = list(columns.index)
    rows = rows.loc[births, names]
    seed = case.table("m")
    if seed is not None:
        births_, o, d = births, names, names
        cube = [[[seed[i, j, b] for j in d] for i in o] for b in births_]
        return names, rows, columns, np.array(cube, float)
    plain = case.table("seed")
    return names, rows, columns, None if plain is None else plain.loc[names, names].to_numpy()


def _cube(values: np.ndarray, births: Any, names: list[str]) -> pd.Series:
    tables = {
        b: pd.DataFrame(table, names, names).stack()
        for b, table in zip(births, values, strict=True)
    }
    return pd.concat(tables).reorder_levels([1, 2, 0])


def three_margins(case: Case) -> Answer:
    _stopping(case)
    names, rows, columns, seed = _tables_of_margins(case)
    m = np.ones((len(names), len(names))) if seed is None else seed
    scaling = fitting.scale(m, rows.to_numpy(), columns.to_numpy(), names=(names, names))
    return {"fit": _cube(scaling.fitted(m), rows.index, names)}


def quasi_independence(case: Case) -> Answer:
    _stopping(case)
    names, rows, columns, seed = _tables_of_margins(case)
    fixed = case.table("diag_count")
    held, scaling = fitting.fix_diagonal(
        seed,
        rows.to_numpy(),
        columns.to_numpy(),
        None if fixed is None else fixed.to_numpy(),
        names=(names, names),
    )
    off = (1.0 if seed is None else seed) * (1.0 - np.eye(len(names)))
    moved = scaling.fitted(off)
    whole = moved + held[..., None] * np.eye(len(names))
    fit = _cube(whole, rows.index, names)
    return {"fit": fit, "flow": fit, "od": pd.DataFrame(moved.sum(axis=0), names, names)}


def net_totals(case: Case) -> Answer:
    _stopping(case)
    seed, totals, grand = case.table("m"), case.table("net_tot"), case.table("tot")
    names = list(map(str, seed.index))
    total = None if grand is None else float(grand.iloc[0])
    fit, scaling, level = margins.scale_net(*_arrays(seed, totals), total, names=names)
    theta = {f"alpha{i + 1}": value for i, value in enumerate(scaling)}
    if total is not None:
        theta["lambda"] = level
    return {
        "fit": pd.DataFrame(fit, names, names),
        "theta": pd.Series(theta),
    }


def net_matrices(case: Case) -> Answer:
    _stopping(case)
    seed, totals = case.table("m"), case.table("net_tot")
    names = list(map(str, seed.index))
    m, N = _arrays(seed, totals)
    fit, _, _ = margins.scale_net(m, N, names=names)
    for function in (margins.nearest_by_squares, margins.nearest_by_absolutes):
        table = function(m, N, names=names)
        assert (table >= 0.0).all(), f"{function.__name__} has cells below zero"
        np.testing.assert_allclose(table.sum(axis=0) - table.sum(axis=1), N, atol=1e-8)
    fitted = pd.DataFrame(fit, names, names)
    # `optim` and `lp` of the reference have many answers and ignore part of their task (METHODS 3).
    return {"ipf": fitted, "entropy": fitted, "optim": ELSEWHERE, "lp": ELSEWHERE}


# --- net migration ------------------------------------------------------------------------------


def net_by_survival(case: Case) -> Answer:
    rows = case.table("data")
    start, end = case.argument("pop0_col"), case.argument("pop1_col")
    ratio = case.argument("survival_ratio_col")
    children = bool(case.argument("net_children", False))
    if children:  # rows are ages, and must say so
        rows = rows.set_index(rows.columns[0], drop=False)
    cohorts = net.by_survival(rows[start], rows[end], rows[ratio], children=children)
    theirs = {
        "net_forward": cohorts["net_forward"],
        "net_reverse": cohorts["net_reverse"],
        "net_average": cohorts["net_average"],
        "pop1_forward": cohorts["expected_end"],
        "pop0_reverse": cohorts["expected_start"],
    }
    # The reference writes 0 where a cohort has no figure; here it stays not known.
    known = {name: column.fillna(0.0) if name.startswith("net") else column
             for name, column in theirs.items()}  # fmt: skip
    unknown = rows[[start, ratio]].isna().any(axis=1)
    assert children or cohorts.loc[unknown, "net_forward"].isna().all()
    totals = {
        f"total_{way}": float(cohorts[f"net_{way}"].sum())
        for way in "forward reverse average".split()
    }
    return {"net": pd.DataFrame(rows).assign(**known).reset_index(drop=True)} | totals


def net_by_vital_statistics(case: Case) -> Answer:
    rows = case.table("data")
    start, end = rows[case.argument("pop0_col")], rows[case.argument("pop1_col")]
    births, deaths = (rows[case.argument(f"{n}_col", n)] for n in ("births", "deaths"))
    balance = net.by_vital_statistics(start, end, births, deaths)
    added = {"pop_change": end - start, "natural_inc": births - deaths, "net": balance}
    return {"net": rows.assign(**added)}


def zero_sum(case: Case) -> Answer:
    x, weights = case.table("x"), case.table("w")
    case.argument("w")
    w = None if weights is None else weights.to_numpy()
    answer = {}
    for name, switches in (("no_switches", False), ("switches", True)):
        for ending, whole in (("integer", True), ("real", False)):
            balanced = net.zero_sum(x.to_numpy(), weights=w, switches=switches, whole=whole)
            answer[f"{name}_{ending}"] = pd.Series(balanced, x.index)
    return answer


def whole_numbers(case: Case) -> Answer:
    x = case.table("x")
    return {"y": pd.Series(net.whole_numbers(x.to_numpy(), case.argument("tot")), x.index)}


# --- indices and summaries ----------------------------------------------------------------------


def flow_indices(case: Case) -> Answer:
    case.argument("year"), case.argument("pop_unit")
    rows = case.table("flows").rename(columns={"orig": "origin", "dest": "destination"})
    flows = summaries.flow_matrix(rows[["origin", "destination", "flow"]])
    apart = rows[["origin", "destination", "dist_cent"]].rename(columns={"dist_cent": "flow"})
    people = case.table("pop").set_index("dest")["dest_pop"]
    measured = indices.indices(flows, population=people, kilometres=summaries.flow_matrix(apart))
    value = measured.set_index("name")["value"]
    million = 1e6  # populations are in millions, flows are not
    return {
        "intensity": _measures(
            cmp=100 * value["crude_probability"] / million,
            courgeau_k=100 * value["courgeau"] / million,
        ),
        "impact": _measures(
            effectivness=100 * value["effectiveness"],
            anmr=100 * value["aggregate_net_rate"],
            preference=value["preference"],
            velocity=value["velocity"],
        ),
        # mwg_*, cv and the median follow the literature, in the last table (METHODS 5, 6.4).
        "connectivity": _measures(
            connectivity=value["connectivity"],
            inequality_equal=value["inequality_equal"],
            inequality_sim=value["inequality_independent"],
            gini_total=value["gini_total"],
            gini_orig_standardized=value["gini_rows"],
            gini_dest_standardized=value["gini_columns"],
            mwg_orig=ELSEWHERE,
            mwg_dest=ELSEWHERE,
            mwg_mean=ELSEWHERE,
            cv=ELSEWHERE,
            acv=value["aggregate_variation"],
        ),
        "distance": _measures(
            mean=value["mean_distance"], median=ELSEWHERE, decay=value["distance_decay"]
        ),
        "literature_definitions": _measures(
            mwg_orig_bell2002=value["weighted_gini_out"],
            mwg_dest_bell2002=value["weighted_gini_in"],
            mwg_mean_bell2002=value["weighted_gini"],
            cv_rogers_raymer1998=value["variation"],
            median_step=value["median_distance"],
        ),
    }


def _measures(**values: Any) -> pd.Series:
    return pd.Series(values, dtype=object)


def age_profile(case: Case) -> Answer:
    rows = case.table("data")
    profile = ages.age_indices(
        rows.set_index("age")["mi"],
        youngest=case.argument("age_min", 5),
        oldest=case.argument("age_max", 65),
        breadth=case.argument("breadth", 5),
    )
    return {
        "index": _measures(
            gmr=profile["gross_rate"],
            peak_mi=100 * profile["peak_rate"],
            peak_age=profile["peak_age"],
            # The reference's window is a year young; by age it is the scalars below (METHODS 6.5).
            peak_breadth=ELSEWHERE,
            peak_share=ELSEWHERE,
            murc=profile["rise_age"],
            mdrc=profile["fall_age"],
            asymmetry=profile["asymmetry"],
        ),
        "peak_breadth_by_age": 100 * profile["breadth"],
        "peak_share_by_age": 100 * profile["peak_share"],
    }


def rogers_castro(case: Case) -> Answer:
    values = case.table("pars").drop("c", errors="ignore")
    curve = ages.rogers_castro_indices(**{str(name): value for name, value in values.items()})
    return {"index": curve.rename({"labour_dependency": "labor_dependency",
                                   "labour_asymmetry": "labor_asymmetry"})}  # fmt: skip


def multiplicative_components(case: Case) -> Answer:
    parts = indices.components(case.table("m"))
    table = parts["cell"].to_pandas()
    table["Sum"] = parts["row"].to_pandas()
    table.loc["Sum"] = [*parts["column"].to_numpy(), float(parts["total"])]
    return {"components": table}


def flow_summaries(case: Case) -> Answer:
    if case.has("flows"):
        rows = case.table("flows").rename(columns={"orig": "origin", "dest": "destination"})
        flows = summaries.flow_matrix(rows, absent=0.0)
        return {"answer": _pairs(flows)}
    flows = matrix(case.table("m"), ("origin", "destination"), "m")
    theirs = {"outflow": "out_mig", "inflow": "in_mig", "turnover": "turn", "net": "net"}
    areas = {
        name: summaries.by_area(flows, inside=inside).rename(columns=theirs)
        for name, inside in (("region", False), ("region_keep_diag", True))
    }
    answer: dict[str, Any] = {"bilat": _pairs(flows), "net": areas["region"]["net"], **areas}
    thresholds = {
        "lump_flow": ("lump_threshold", "flow"),
        "lump_in_out": ("lump_in_out_threshold", "in and out"),
        "lump_turn": ("lump_turn_threshold", "turnover"),
    }
    for name, (argument, by) in thresholds.items():
        if argument in case.about["arguments"]:
            answer[name] = summaries.lump(flows, case.argument(argument), by)
    if "lump_flow" in answer:
        answer["lump_complete"] = answer["lump_flow"]
    return answer


def _pairs(flows: Any) -> pd.DataFrame:
    """By pair; the reference's texts `A -> B` only repeat the labels."""
    return summaries.by_pair(flows).set_index(["origin", "destination"])


def area_subtotals(case: Case) -> Answer:
    table = case.table("m")
    group = pd.Series(case.argument("area"), index=table.index)
    first = summaries.subtotals(table, group)
    return {"first": first, "table": first, "after": summaries.subtotals(table, group, first=False)}


#: By the name of the reference's function.
FUNCTIONS: dict[str, Callable[[Case], Answer]] = {
    "cm2": two_margins,
    "cm3": three_way_offset,
    "cm_net": net_totals,
    "cm_net_tot": net_totals,
    "ffs_demo": demographic_accounting,
    "ffs_diff": stock_differencing,
    "ffs_rates": migration_rates,
    "index_*": flow_indices,
    "index_age": age_profile,
    "index_age_rc": rogers_castro,
    "ipf2": two_margins,
    "ipf2_block": block_totals,
    "ipf2_stripe": stripe_totals,
    "ipf3": three_margins,
    "ipf3_qi": quasi_independence,
    "multi_comp": multiplicative_components,
    "net_matrix_*": net_matrices,
    "net_sr": net_by_survival,
    "net_vs": net_by_vital_statistics,
    "pipeline steps of demographic accounting": steps,
    "rescale_integer_sum": whole_numbers,
    "rescale_net": zero_sum,
    "six Abel-Cohen estimates": six_estimates,
    "sum_*": flow_summaries,
    "sum_bilat": flow_summaries,
    "sum_expand": area_subtotals,
}
