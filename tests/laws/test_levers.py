"""Every lever: how it is declared, what it does at zero, how levers compose and contradict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors import rules
from corridors.errors import InputError, Problem
from corridors.rules import Corridors, Lever, Policy, Rules, build
from laws.small_worlds import Small, closures, seeds, small_world

LEVERS = rules.levers()
few = settings(max_examples=6)


def world(seed: int = 1) -> Small:
    """Three areas and every legal status, so that every lever finds its people.

    Between the first and the last people move freely.
    """
    small = small_world(seed, areas=3, statuses=4)
    free = np.zeros((3, 3))
    free[0, 2] = free[2, 0] = 1.0
    return replace(small, rules=small.rules.with_(free=free))


def declared(lever: type[Lever]) -> Iterator[Any]:
    return (field for field in fields(lever) if field.name != "where")


def changed(now: Rules, *levers: Lever) -> Rules:
    return Policy("test", levers).apply(now)[0]


def assert_equal(rules: Rules, other: Rules, rtol: float = 1e-12) -> None:
    for name in (each.name for each in fields(Rules)):
        left, right = getattr(rules, name), getattr(other, name)
        if isinstance(left, np.ndarray):
            np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-12, err_msg=name)
        else:
            assert left == right, name


def problems(error: pytest.ExceptionInfo[InputError]) -> list[Problem]:
    """The problems of an error, none of them empty."""
    assert error.value.problems
    for problem in error.value.problems:
        assert problem.where and problem.what and problem.fix
    return error.value.problems


# --- declaration -----------------------------------------------------------------------------


def test_the_levers_of_the_first_questions_exist() -> None:
    asked = {"open_border", "ban", "wall", "remittance_cost", "capital_flight"}
    assert asked <= LEVERS.keys()


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_builds_from_its_defaults_and_acts(name: str) -> None:
    lever = build(name, {})
    assert isinstance(lever, Lever)
    assert lever.name == name
    assert lever.title and lever.title != name
    after, trace = lever.apply(world().rules)
    assert trace.lever == name
    assert trace.cells > 0
    assert 0 <= trace.empty <= trace.cells
    assert not np.isnan(after.log_wedge).any()
    assert after.areas == world().rules.areas


@pytest.mark.parametrize("name", LEVERS)
def test_every_field_says_what_it_is(name: str) -> None:
    for field in declared(LEVERS[name]):
        about = field.metadata
        for key in ("unit", "help", "source"):
            assert isinstance(about[key], str) and about[key].strip(), f"{field.name}: {key}"
        assert about["lower"] <= about["upper"]
        assert field.default is not MISSING
        if isinstance(field.default, float):
            assert about["lower"] <= field.default <= about["upper"]
        if about["choices"]:
            assert field.default in about["choices"]


def number_fields() -> list[tuple[str, str, float, float]]:
    return [
        (name, field.name, field.metadata["lower"], field.metadata["upper"])
        for name, lever in LEVERS.items()
        for field in declared(lever)
        if not isinstance(field.default, str)
    ]


@pytest.mark.parametrize(("name", "field", "lower", "upper"), number_fields())
def test_a_number_is_taken_from_its_range_only(
    name: str, field: str, lower: float, upper: float
) -> None:
    for inside in (lower, upper, 0.5 * (lower + upper)):
        assert getattr(build(name, {field: inside}), field) == inside
    for outside in (lower - 1e-6, upper + 1e-6, np.nan, np.inf, -np.inf, "0.5", None, True, [0.5]):
        with pytest.raises(InputError, match="outside its range") as raised:
            build(name, {field: outside}, "study x")
        (problem,) = problems(raised)
        assert problem.where == f"study x.{name}.{field}"
        assert f"{lower:g} to {upper:g}" in problem.fix


@pytest.mark.parametrize("name", LEVERS)
def test_a_misspelt_field_offers_the_nearest(name: str) -> None:
    known = [field.name for field in declared(LEVERS[name])]
    known += ["residence"] if "where" in {field.name for field in fields(LEVERS[name])} else []
    right = known[-1]
    with pytest.raises(InputError, match="there is no field") as raised:
        build(name, {f"{right}x": 0.1})
    (problem,) = problems(raised)
    assert problem.fix.startswith(f"Did you mean {right}")


@pytest.mark.parametrize(("wrong", "right"), [("open_boarder", "open_border"), ("WALL", "wall")])
def test_a_misspelt_lever_offers_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(InputError, match=f"there is no lever '{wrong}'") as raised:
        build(wrong, {})
    (problem,) = problems(raised)
    assert problem.fix.startswith(f"Did you mean {right}")


def test_every_mistake_of_a_lever_is_listed_at_once() -> None:
    with pytest.raises(InputError) as raised:
        build("wall", {"deterred": 1.7, "residnce": "USA", "skill": 3})
    wheres = {problem.where for problem in problems(raised)}
    assert wheres == {"policy.wall.deterred", "policy.wall", "policy.wall.skill"}


# --- made from its class ---------------------------------------------------------------------


@pytest.mark.parametrize(("name", "field", "lower", "upper"), number_fields())
def test_a_class_takes_a_number_from_its_range_only(
    name: str, field: str, lower: float, upper: float
) -> None:
    lever = LEVERS[name]
    for inside in (np.float32(upper), np.float64(lower), np.array(upper)):
        value = getattr(lever(**{field: inside}), field)
        assert type(value) is float
        assert value == float(inside)
    wrong = (lower - 1e-6, upper + 1e-6, np.nan, np.inf, -np.inf, "0.5", True, np.True_, [0.5])
    for outside in (*wrong, 0.5j, np.array([lower])):
        with pytest.raises(InputError, match="outside its range") as raised:
            lever(**{field: outside})
        (problem,) = problems(raised)
        assert problem.where == f"{name}.{field}"
        assert f"{lower:g} to {upper:g}" in problem.fix


@pytest.mark.parametrize("name", LEVERS)
def test_a_class_and_build_make_the_same(name: str) -> None:
    assert LEVERS[name]() == build(name, {})
    if "where" in {field.name for field in fields(LEVERS[name])}:
        mine = LEVERS[name](where=Corridors(residence=["USA", "CAN"]))
        ends = {"skill": "all", "status": "all", "residence": ("USA", "CAN")}
        assert mine == build(name, ends)
        assert hash(mine) == hash(build(name, ends))


@pytest.mark.parametrize("name", LEVERS)
@pytest.mark.parametrize("wrong", ["USA", ("USA",), None, 3, {"residence": "USA"}, Corridors])
def test_ends_that_are_no_corridors_are_refused(name: str, wrong: Any) -> None:
    if "where" not in {field.name for field in fields(LEVERS[name])}:
        return
    with pytest.raises(InputError, match="is no Corridors") as raised:
        LEVERS[name](where=wrong)
    (problem,) = problems(raised)
    assert problem.where == f"{name}.where"
    assert "Write Corridors(birthplace=" in problem.fix


@pytest.mark.parametrize("name", ["capital_flight", "fdi_stop", "interest_shock", "aid"])
@pytest.mark.parametrize("wrong", [3, None, (), [], ["USA", 3], "Mexco", ("USA", "Mexco"), True])
def test_areas_that_are_none_are_refused(name: str, wrong: Any) -> None:
    with pytest.raises(InputError) as raised:
        LEVERS[name](areas=wrong)
    assert problems(raised)[0].where.startswith(f"{name}.areas")


@pytest.mark.parametrize(
    ("ends", "hint"),
    [
        ({"birthplace": "Mexco"}, "Mexico"),
        ({"residence": ["USA", "Germny"]}, "Germany"),
        ({"skill": "hihg"}, "high"),
        ({"status": ("tied", "irregulr")}, "irregular"),
        ({"status": "home"}, "permanent"),
    ],
)
def test_corridors_offer_the_nearest_names(ends: dict[str, Any], hint: str) -> None:
    with pytest.raises(InputError) as raised:
        Corridors(**ends)
    (problem,) = problems(raised)
    assert hint in problem.fix


@pytest.mark.parametrize("wrong", ["wall", LEVERS["wall"], None, {"wall": {}}])
def test_a_policy_takes_levers_only(wrong: Any) -> None:
    with pytest.raises(InputError, match="is no lever"):
        Policy("test", (wrong,))
    with pytest.raises(InputError, match="is no list of levers"):
        Policy("test", wrong)
    assert Policy("test", [LEVERS["wall"]()]).levers == (LEVERS["wall"](),)  # type: ignore[arg-type]


def test_a_required_return_of_nothing_is_refused_by_the_class() -> None:
    with pytest.raises(InputError, match="leaves no return"):
        LEVERS["interest_shock"](points=-0.05, gross_return=0.03)


# --- selection -------------------------------------------------------------------------------


@given(seeds)
def test_a_selection_holds_what_it_names_and_never_home(seed: int) -> None:
    now = small_world(seed, areas=3).rules
    assert not Corridors().mask(now)[:, range(3), range(3)].any()
    selected = Corridors(birthplace="Mexico", residence="USA", skill="high").mask(now)
    assert selected.sum() == len(now.statuses)
    assert selected[1, now.areas.index("MEX"), now.areas.index("USA")].all()
    rest = Corridors(birthplace="not MEX").mask(now) | Corridors(birthplace="MEX").mask(now)
    np.testing.assert_array_equal(rest, Corridors().mask(now))


@pytest.mark.parametrize(
    ("where", "message", "hint"),
    [
        ({"birthplace": "Mexco"}, "birthplace", "Mexico"),
        ({"skill": "hgih"}, "skill", "high"),
        ({"status": "permanant"}, "status", "permanent"),
    ],
)
def test_an_unknown_name_in_a_selection_offers_the_nearest(
    where: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        build("ban", where).apply(world().rules)
    (problem,) = problems(raised)
    assert hint in problem.fix


def test_every_unknown_name_of_a_selection_is_listed() -> None:
    with pytest.raises(InputError) as raised:
        Corridors(birthplace="Mexco", residence="Nowhere", skill="x").mask(world().rules)
    assert len(problems(raised)) == 3


@pytest.mark.parametrize(
    "where",
    [
        {"birthplace": "MEX", "residence": "MEX"},  # home is not a corridor
        {"birthplace": "FRA"},  # exists, but not in this world
        {"residence": "not all"},
    ],
)
@pytest.mark.parametrize("name", ["ban", "open_border", "wall", "remittance_cost"])
def test_a_selection_that_matches_nothing_is_refused(name: str, where: dict[str, str]) -> None:
    with pytest.raises(InputError) as raised:
        build(name, where).apply(world().rules)
    problems(raised)


@pytest.mark.parametrize("areas", ["FRA", "not all", "Nowhere"])
def test_a_selection_of_areas_that_matches_nothing_is_refused(areas: str) -> None:
    with pytest.raises(InputError, match="capital_flight") as raised:
        build("capital_flight", {"areas": areas}).apply(world().rules)
    problems(raised)


@pytest.mark.parametrize("name", ["open_border", "guest_workers"])
def test_an_opening_of_empty_corridors_only_is_refused(name: str) -> None:
    now = world().rules
    nobody = now.with_(empty=np.ones_like(now.empty))
    with pytest.raises(InputError, match="nobody lives there today") as raised:
        build(name, {"residence": "USA"}).apply(nobody)
    (problem,) = problems(raised)
    assert "USA" in problem.where


def test_empty_cells_are_counted_and_stay_as_they_are() -> None:
    now = world().rules
    after, (trace,) = Policy("open", (build("open_border", {"legal_share": 0.4}),)).apply(now)
    selected = Corridors().mask(now)
    assert (trace.cells, trace.empty) == (selected.sum(), (selected & now.empty).sum())
    assert trace.empty > 0
    np.testing.assert_array_equal(np.isinf(after.log_wedge[0]), now.empty)


# --- what each does --------------------------------------------------------------------------

#: Values at which a lever asks for nothing.
NOTHING: dict[str, dict[str, Any]] = {
    "open_border": {"legal_share": 0.0},
    "close_again": {"legal_share": 0.0},
    "wall": {"deterred": 0.0},
    "visa": {"inflow_cut": 0.0, "exit_cut": 0.0},
    "quota": {"share_of_today": 1.0},
    "points_system": {"eased": 0.0, "deterred": 0.0},
    "guest_workers": {"places": 0.0},
    "places": {"more": 0.0},
    "deportation": {"hazard": 0.01, "hazard_today": 0.01},
    "regularisation": {"share": 0.0},
    "asylum": {"recognition": 1.0, "work_ban": 0.0},
    "registration": {"services": 0.0, "schooling": 0.0, "pay": 0.0},
    "tied_permit": {"kept": 0.0},
    "portability": {"freed": 0.0},
    "collective_bargaining": {"coverage": 0.0},
    "remittance_tax": {"rate": 0.0},
    "aid": {"share": 0.0},
    "capital_flight": {"lost": 0.0},
    "fdi_stop": {"cut": 0.0},
    "interest_shock": {"points": 0.0},
    "displacement": {"odds": 1.0},
    "diaspora_help": {"odds": 1.0},
}


def at_zero(name: str, now: Rules) -> Lever:
    """The lever at the value that asks for nothing, in this world."""
    if name == "remittance_cost":
        today = float(now.fee[0, 0, 1])
        return build(name, {"birthplace": "MEX", "residence": "USA", "cost_share": today})
    if name == "ban":
        cell = np.argwhere(now.empty & Corridors().mask(now))[0]
        labels = (now.skills, now.areas, now.areas, now.statuses)
        ends = [label[at] for label, at in zip(labels, cell, strict=True)]
        axes = ("skill", "birthplace", "residence", "status")
        return build(name, dict(zip(axes, ends, strict=True)))
    return build(name, NOTHING[name])


@pytest.mark.parametrize("name", LEVERS)
@few
@given(seeds, closures)
def test_a_lever_at_zero_is_the_identity(name: str, seed: int, closure: str) -> None:
    here = world(seed).under(closure)
    after = here.in_changes(changed(here.rules, at_zero(name, here.rules)))
    for field in ("home", "migrants", "wage_native", "output", "capital", "received"):
        now = getattr(here.state, field)
        np.testing.assert_allclose(
            getattr(after, field), now, rtol=1e-10, atol=1e-10 * now.max(), err_msg=field
        )


@given(seeds, st.floats(0.0, 0.95))
def test_a_wall_deters_its_share_at_unchanged_pay(seed: int, deterred: float) -> None:
    now = world(seed).rules
    after = changed(now, build("wall", {"deterred": deterred, "birthplace": "MEX"}))
    some = np.isfinite(now.log_wedge) & Corridors(birthplace="MEX").mask(now)
    theta = np.broadcast_to(now.theta[..., None, None, None], now.log_wedge.shape)
    odds = np.exp(-theta[some] * (after.log_wedge[some] - now.log_wedge[some]))
    np.testing.assert_allclose(odds, 1.0 - deterred, rtol=1e-9)
    np.testing.assert_array_equal(after.log_wedge[~some], now.log_wedge[~some])


@given(seeds, st.floats(0.0, 1.0))
def test_an_opening_takes_its_share_of_the_wedge_without_size(seed: int, share: float) -> None:
    now = world(seed).rules
    after = changed(now, build("open_border", {"legal_share": share}))
    size = np.log(now.adults) - np.log(now.adults)[:, None]
    for cell in np.argwhere(np.isfinite(now.log_wedge)):
        _, s, b, i, _ = cell
        tau = now.log_wedge[tuple(cell)]
        sized = max(tau + size[b, i] / now.theta[0, s], 0.0) if tau > 0.0 else 0.0
        law = share * (1.0 - now.free[b, i])
        assert after.log_wedge[tuple(cell)] == pytest.approx(tau - law * sized, abs=1e-12)


def test_an_opening_without_a_share_takes_the_drawn_one() -> None:
    now = world().rules
    drawn = float(now.legal_share[0])
    assert_equal(
        changed(now, build("open_border", {})),
        changed(now, build("open_border", {"legal_share": drawn})),
    )


def test_flight_multiplies_what_stays() -> None:
    now = world().rules
    after = changed(now, build("capital_flight", {"lost": 0.3, "areas": "Mexico"}))
    assert after.capital_retained.tolist() == [[0.7, 1.0, 1.0]]


@pytest.mark.parametrize("points", [-0.05, -0.03])
def test_a_required_return_of_nothing_or_less_is_refused(points: float) -> None:
    values = {"points": points, "gross_return": 0.03}
    with pytest.raises(InputError, match="interest_shock") as raised:
        build("interest_shock", values).apply(world().rules)
    problems(raised)


# --- how they compose ------------------------------------------------------------------------

COMMUTING = [
    (("wall", {"deterred": 0.2}), ("wall", {"deterred": 0.4, "birthplace": "MEX"})),
    (("wall", {"deterred": 0.2}), ("capital_flight", {"lost": 0.2})),
    (("open_border", {"legal_share": 0.2}), ("remittance_cost", {"cost_share": 0.01})),
    (("capital_flight", {"lost": 0.2}), ("capital_flight", {"lost": -0.5, "areas": "USA"})),
    (("ban", {"residence": "USA"}), ("wall", {"deterred": 0.3})),
    (("ban", {"residence": "USA"}), ("open_border", {"legal_share": 0.3})),
    (("ban", {"residence": "USA"}), ("ban", {"birthplace": "MEX"})),
    (("remittance_cost", {"cost_share": 0.1, "birthplace": "MEX"}),
     ("remittance_cost", {"cost_share": 0.2, "birthplace": "PHL"})),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), COMMUTING, ids=lambda pair: pair[0])
@few
@given(seeds)
def test_levers_that_commute_commute(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]], seed: int
) -> None:
    now = world(seed).rules
    levers = build(*first), build(*second)
    there, back = changed(now, *levers), changed(now, *levers[::-1])
    assert not np.isnan(there.log_wedge).any()
    assert_equal(there, back)


def test_levers_act_in_the_order_given() -> None:
    now = world().rules
    levers = build("wall", {"deterred": 0.5}), build("open_border", {"legal_share": 0.5})
    there, back = changed(now, *levers), changed(now, *levers[::-1])
    some = np.isfinite(now.log_wedge)
    assert not np.allclose(there.log_wedge[some], back.log_wedge[some])


def test_a_policy_leaves_the_rules_it_was_given_alone() -> None:
    now = world().rules
    before = {field.name: np.copy(getattr(now, field.name)) for field in fields(Rules)}
    for name in LEVERS:
        build(name, {}).apply(now)
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(now, name), value, err_msg=name)


def fee(share: float, **where: str) -> Lever:
    return build("remittance_cost", {"cost_share": share, **where})


def test_two_fees_for_one_cell_are_refused() -> None:
    now = world().rules
    policy = Policy("two fees", (fee(0.03), fee(0.05, residence="USA")))
    with pytest.raises(InputError, match="two fees") as raised:
        policy.apply(now)
    (problem,) = problems(raised)
    assert "0.03" in problem.what and "0.05" in problem.what
    assert "in 2 common cells" in problem.what  # MEX and PHL, sending from the United States


def test_every_contradiction_is_listed() -> None:
    now = world().rules
    policy = Policy("three fees", (fee(0.03), fee(0.05), fee(0.07, residence="USA")))
    with pytest.raises(InputError) as raised:
        policy.apply(now)
    assert len(problems(raised)) == 3


def test_the_same_fee_twice_is_one_fee() -> None:
    now = world().rules
    assert_equal(changed(now, fee(0.03), fee(0.03, residence="USA")), changed(now, fee(0.03)))


def test_fees_of_different_corridors_are_both_set() -> None:
    now = world().rules
    after = changed(now, fee(0.01, residence="USA"), fee(0.3, residence="not USA"))
    usa = now.areas.index("USA")
    abroad = ~np.eye(3, dtype=bool)
    expected = np.where(np.arange(3) == usa, 0.01, 0.3)
    np.testing.assert_allclose(after.fee[0][abroad], np.broadcast_to(expected, (3, 3))[abroad])
    np.testing.assert_array_equal(np.diagonal(after.fee[0]), np.diagonal(now.fee[0]))
