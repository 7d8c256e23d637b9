"""What draws say: common random numbers, intervals, what a parameter moves and who moves it.

Everything goes through studies, on a world of few areas cut from the real one.
"""

from __future__ import annotations

import functools
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors import ensemble, parameters, study
from corridors.baseline import CHANNELS, Observed, folders, revisions
from corridors.borders.status import shares_drawn
from corridors.equilibrium import intervals
from corridors.equilibrium.measures import MEASURES
from corridors.errors import InputError
from corridors.study import contributions, curves, draws
from corridors.study.compare import compare
from corridors.world import Result

pytestmark = pytest.mark.slow  # some two hundred studies with draws

#: Large ones, and those whose labour share is imputed.
AREAS = "USA CAN MEX GTM HND BRA GBR DEU POL TUR NGA ARE IND BGD PHL CHN FSM GRD KIR SYC".split()
NAMES = [quantity.name for quantity in MEASURES]
CASE = ["policy", "capital"]


class Serial(Executor):
    """Does the work when it is handed in, here: processes cost more than these worlds."""

    def submit(self, task: Any, /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*given, **named))
        return done


def cut(observed: Observed) -> Observed:
    """The same figures for `AREAS` alone, in their order."""
    keep = [observed.areas.index(code) for code in AREAS]
    pairs = np.ix_(keep, keep)
    arrays = (
        "output labour_share labour_share_imputed at_work unemployment years_of_schooling "
        "tertiary_share received fee price_level capital_to_output remitted_from remitted_reported"
    )
    return replace(
        observed,
        areas=tuple(AREAS),
        income_group=tuple(observed.income_group[at] for at in keep),
        home=observed.home[:, keep],
        migrants=observed.migrants[:, keep][:, :, keep],
        **{name: getattr(observed, name)[keep] for name in arrays.split()},
        free_movement=observed.free_movement[pairs],
        status_shares=observed.status_shares[pairs],
        status_concentration=observed.status_concentration[pairs],
        status_assumed=observed.status_assumed[pairs],
        population=observed.population[keep],
        figures=observed.figures[observed.figures["area"].isin(AREAS)],
    )


@pytest.fixture(scope="module", autouse=True)
def small(observed: Observed) -> Iterator[Observed]:
    """The small world, in place of the real one."""
    small_one = cut(observed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "observe", lambda *_, **__: small_one)
        yield small_one


def asked(policies: dict[str, str], *, capital: str = '"fixed"', **options: object) -> study.Study:
    """A study of policies, each with its levers as TOML."""
    text = f'title = "T"\nquestion = "Q?"\ncapital = [{capital}]\n'
    text += "".join(f"{name} = {_toml(value)}\n" for name, value in options.items())
    for name, levers in policies.items():
        text += f'[[policy]]\nname = "{name}"\nlevers = [{levers}]\n'
    return study.check("asked", tomllib.loads(text))


def _toml(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload]


def answered(study_asked: study.Study, *, draws: int = 8, seed: int = 1) -> Result:
    return study.run(study_asked, draws=draws, seed=seed, executor=Serial())


OPEN = "{ open_border = {} }"
BOTH = "{ open_border = {} }, { remittance_cost = { cost_share = 0.01 } }"


# --- draws of the parameters -----------------------------------------------------------------


@settings(max_examples=20)
@given(st.sampled_from(sorted(parameters.declared())), st.integers(1, 200), st.integers(0, 2**32))
def test_one_draw_falls_into_each_slice_of_the_prior(name: str, number: int, seed: int) -> None:
    values = np.sort(parameters.draw(number, ensemble.streams(seed))[name])
    edges = parameters.declared()[name].quantile(np.arange(number + 1) / number)
    assert (edges[:-1] <= values).all()
    assert (values <= edges[1:]).all()


@settings(max_examples=20)
@given(
    st.sampled_from(sorted(parameters.declared())),
    st.integers(4, 500),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_intervals_close_in_on_those_of_the_prior(name: str, number: int, level: float) -> None:
    values, prior = parameters.draw(number, ensemble.streams(1))[name], parameters.declared()[name]
    for end in (0.5 * (1.0 - level), 0.5 * (1.0 + level)):
        # Between two neighbours, each in a slice of its own: two slices off at most.
        low, high = np.clip([end - 2.0 / number, end + 2.0 / number], 0.0, 1.0)
        ends = np.quantile(values, end)
        assert prior.quantile(np.array(low)) <= ends <= prior.quantile(np.array(high))


def test_adding_a_parameter_moves_no_other() -> None:
    before = parameters.draw(20, ensemble.streams(7))
    declared = parameters.declared()
    added = replace(declared["theta"], name="added")
    more = {"added": added, **dict(reversed(declared.items()))}
    after = parameters.draw(20, ensemble.streams(7), more)
    assert set(after) == {*before, "added"}
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)
    # The same prior under another name is another number.
    assert not np.array_equal(after["added"], after["theta"])


# --- common random numbers -------------------------------------------------------------------


@pytest.mark.parametrize("statuses", [False, True])
def test_a_study_and_its_baseline_see_the_same_draws(small: Observed, statuses: bool) -> None:
    alone = answered(asked({"today": ""}, statuses=statuses))["draws"]
    beside = answered(
        asked({"open": OPEN, "today": "", "closed": "{ ban = {} }"}, statuses=statuses)
    )
    rows = beside["draws"]
    mine = rows[rows["policy"] == "today"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone, check_exact=True)
    # And they are draws: what is recorded as sent home is not known exactly, who is there is.
    assert alone["remittances"].nunique() == len(alone)
    # So are the figures of who is there: but a draw that changes nothing changes nothing.
    assert alone["people_now"].nunique() == len(alone)
    for quantity in MEASURES:
        paired = intervals.paired(alone, quantity.name, 1.0)
        np.testing.assert_allclose(paired, 1.0, atol=1e-7)


def test_a_seed_is_another_set_of_draws_of_one_study() -> None:
    study_asked = asked({"open": OPEN}, statuses=True)
    first, again, other = (answered(study_asked, draws=4, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first["draws"], again["draws"], check_exact=True)
    assert (first["draws"]["output"] != other["draws"]["output"]).all()
    pd.testing.assert_frame_equal(first["areas"], other["areas"], check_exact=True)


# --- intervals -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(small: Observed) -> Result:
    """Open borders with legal statuses, under two closures."""
    study_asked = asked({"open": OPEN, "dearer": "{ remittance_cost = { cost_share = 0.2 } }"},
                capital='"fixed", "mobile"', statuses=True)  # fmt: skip
    return answered(study_asked, draws=24)


def test_intervals_lie_in_each_other(opened: Result) -> None:
    rows = opened.headline
    chain = ["lower_80", "lower_50", "median", "upper_50", "upper_80"]
    steps = np.diff(rows[chain].to_numpy(), axis=1)
    assert (steps >= 0.0).all()
    moving = rows["policy"] == "open"
    assert (steps[moving] > 0.0).all()
    drawn = opened["draws"].groupby(CASE)
    for row in rows.itertuples():
        values = intervals.paired(drawn.get_group((row.policy, row.capital)), row.measure, row.now)
        inside = ((values >= row.lower_80 - 1e-12) & (values <= row.upper_80 + 1e-12)).mean()
        assert inside >= 0.8 - 2.5 / len(values)


def test_a_printed_figure_lies_in_its_interval_or_says_why(opened: Result) -> None:
    rows = opened.headline
    assert rows[["lower_95", "upper_95"]].isna().all(axis=None)  # of 24 draws they are two
    assert (rows["lower_80"] <= rows["value"]).all()
    assert (rows["value"] <= rows["upper_80"]).all()
    replaced = rows["value"] != rows["central"]
    assert (rows.loc[replaced, "note"] != "").all()
    assert (rows.loc[~replaced, "note"] == "").all()


def test_without_a_policy_every_interval_is_today() -> None:
    rows = answered(asked({"today": ""}, statuses=True), draws=6).headline
    for name in ("value", "median", "lower_80", "upper_80"):
        gap = (rows[name] - rows["now"]).abs() / rows["now"].abs().clip(lower=1.0)
        assert (gap < 1e-7).all()


def test_intervals_of_areas_bound_what_draws_say(opened: Result) -> None:
    rows = opened["area_intervals"]
    assert set(rows["area"]) == set(AREAS)
    assert (rows["lower_80"] <= rows["upper_80"]).all()
    assert rows["outside"].mean() < 0.2
    central = opened["areas"].melt(id_vars=[*CASE, "area"], value_vars=["residents_after"])
    mine = rows[rows["quantity"] == "residents"].reset_index(drop=True)
    np.testing.assert_allclose(mine["value"], central["value"])


def test_a_central_figure_that_no_draw_comes_near_gives_way_to_the_median() -> None:
    shown = intervals.settled(9.0, 1.0, np.linspace(1.0, 2.0, 200), 200)
    assert shown["value"] == shown["median"] == pytest.approx(1.5)
    assert "9" in str(shown["note"])
    assert shown["central"] == 9.0


def test_many_failed_draws_give_no_interval() -> None:
    shown = intervals.settled(1.5, 1.0, np.linspace(1.0, 2.0, 195), 200)
    assert np.isnan([shown["lower_95"], shown["upper_80"]]).all()
    assert "5 of 200 draws failed" in str(shown["note"])


def test_a_parameter_that_cannot_act_is_not_ranked() -> None:
    by_hand = answered(asked({"open": "{ open_border = { legal_share = 0.3 } }"}), draws=8)
    drawn = answered(asked({"open": OPEN}), draws=8)
    assert "legal_share" not in set(by_hand["ranking"]["parameter"])
    assert "legal_share" in set(drawn["ranking"]["parameter"])
    declared = parameters.declared()
    for answer in (by_hand, drawn):
        ranked = answer["ranking"]
        assert {declared[name].channel for name in ranked["parameter"]} == {""}
        # Of eight draws nothing but the strongest is told apart from chance.
        assert ranked["chance"].iloc[0] == pytest.approx(1.96 / np.sqrt(7))
        assert (ranked["told_apart"] == (ranked["rank_correlation"].abs() > 0.7408)).all()


def test_ranking_puts_the_driver_first() -> None:
    luck = np.random.default_rng(1)
    drawn = {name: luck.random(200) for name in ("weak", "strong", "none", "dead")}
    outcome = -np.exp(3.0 * drawn["strong"]) + 0.5 * drawn["weak"]
    ranked = intervals.ranking(drawn, outcome, {"weak": 0.1, "strong": 1.0, "none": 1e-3})
    assert ranked["parameter"].iloc[0] == "strong"
    assert ranked["rank_correlation"].iloc[0] < -0.95
    assert "dead" not in set(ranked["parameter"])


# --- two answers on common draws -------------------------------------------------------------


def test_a_study_does_not_differ_from_itself(opened: Result) -> None:
    rows = compare(opened, opened)
    assert (rows[["difference", "median", "lower_80", "upper_80"]] == 0.0).all(axis=None)


def test_the_difference_on_common_draws_is_surer_than_the_two_answers() -> None:
    little, more = (
        answered(asked({"fee": f"{{ remittance_cost = {{ cost_share = {cost} }} }}"}), draws=12)
        for cost in (0.02, 0.025)
    )
    row = compare(little, more).set_index("measure").loc["remittances"]
    apart = [r.headline.set_index("measure").loc["remittances"] for r in (little, more)]
    width = sum(rows["upper_80"] - rows["lower_80"] for rows in apart)
    assert row["upper_80"] - row["lower_80"] < 0.5 * width
    assert row["upper_80"] < 0.0  # dearer sends less, in every draw
    assert row["difference"] == pytest.approx(apart[1]["central"] - apart[0]["central"])


def test_other_draws_are_not_compared(opened: Result) -> None:
    other = answered(asked({"open": OPEN}), draws=4, seed=2)
    with pytest.raises(InputError, match="not the same draws"):
        compare(opened, other)


def test_surer_parameters_give_narrower_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parameters.Parameter.quantile
    width = {}
    for part in (0.0, 0.5, 1.0):

        def inner(
            self: parameters.Parameter, probability: np.ndarray, part: float = part
        ) -> np.ndarray:
            return whole(self, 0.5 + part * (probability - 0.5))

        monkeypatch.setattr(parameters.Parameter, "quantile", inner)
        monkeypatch.setattr(revisions, "drawn", lambda observed, luck: observed)
        rows = answered(asked({"open": OPEN})).headline
        rows = rows[rows["measure"] != "inequality"]  # moves by less than the others, of its level
        size = (rows["value"] - rows["now"]).abs()
        width[part] = ((rows["upper_80"] - rows["lower_80"]) / size).to_numpy()
    np.testing.assert_allclose(width[0.0], 0.0, atol=1e-6)
    assert (width[0.5] > 1e-3).all()
    assert (width[0.5] < 0.8 * width[1.0]).all()


# --- legal statuses --------------------------------------------------------------------------


def test_no_draw_of_a_study_of_statuses_is_lost(opened: Result) -> None:
    assert opened["draws"]["converged"].all()
    assert not opened["solver"]["draws_dropped"].any()
    assert np.isfinite(opened["draws"][NAMES].to_numpy(float)).all()


@given(st.integers(0, 2**32))
def test_a_drawn_share_is_never_exactly_none(seed: int) -> None:
    shares = np.array([[[1.0 - 1e-6, 0.0, 1e-6, 0.0], [1.0, 0.0, 0.0, 0.0]]])
    drawn = shares_drawn(shares, np.full((1, 2), 0.5), np.random.default_rng(seed), 20)
    assert (drawn[:, shares > 0.0] > 0.0).all()
    assert (drawn[:, shares == 0.0] == 0.0).all()
    np.testing.assert_allclose(drawn.sum(axis=-1), 1.0)


def test_assumed_shares_explain_a_part_of_the_variance(opened: Result) -> None:
    rows = opened["status_spread"]
    assert list(rows.columns) == [*CASE, "measure", "part"]
    assert set(rows["measure"]) == set(NAMES)
    assert rows["part"].between(0.0, 1.2).all()
    # One sample of 24 is not another, but no single input decides what six and twenty decide.
    assert rows.loc[rows["policy"] == "open", "part"].between(1e-9, 0.5).all()


def test_counted_shares_explain_nothing(small: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = replace(small, status_assumed=np.zeros_like(small.status_assumed))
    monkeypatch.setattr(folders, "observe", lambda *_, **__: counted)
    rows = answered(asked({"open": OPEN}, statuses=True))["status_spread"]
    np.testing.assert_allclose(rows["part"], 0.0, atol=1e-9)


# --- by channel ------------------------------------------------------------------------------

ADDED_UP = {
    "open": ({"open": OPEN}, {}),
    "fees": ({"fees": "{ remittance_cost = { cost_share = 0.01 } }"}, {}),
    "both, with statuses": ({"both": BOTH}, {"statuses": True}),
    "more channels": ({"both": BOTH}, {"channels": '["unemployment", "congestion"]'}),
    "a quota": ({"quota": "{ quota = { share_of_today = 0.5 } }"}, {}),
    "mark-downs": ({"freed": "{ portability = { freed = 1.0 } }"}, {"statuses": True}),
    "flight": ({"flight": "{ capital_flight = {} }"}, {}),
}


@pytest.mark.parametrize("study_", ADDED_UP)
def test_channels_add_up_to_the_change(study_: str) -> None:
    policies, options = ADDED_UP[study_]
    answer = answered(asked(policies, capital='"mobile"', **options), draws=0)
    total = answer["contributions"].groupby([*CASE, "measure"])["contribution"].sum()
    rows = answer.headline.set_index([*CASE, "measure"])
    change = rows["value"] - rows["now"]
    assert len(total) == len(change) == len(MEASURES)
    scale = np.maximum(rows["now"].abs(), 1.0)
    np.testing.assert_allclose(total / scale, (change / scale)[total.index], atol=1e-9)


CURVE = """{ lever = "open_border", field = "legal_share", values = [0.0, 0.1, 0.15, 0.3] }"""


@pytest.fixture(scope="module")
def drawn_curve(small: Observed) -> Result:
    """One policy that lies on the study's curve, with the fewest draws that have intervals."""
    share = "{ open_border = { legal_share = 0.15 } }"
    return answered(asked({"open": share}, capital='"mobile"', curve=CURVE), draws=400)


def test_the_curve_has_the_interval_of_the_policy_that_lies_on_it(drawn_curve: Result) -> None:
    number = curves.draws_of_curve(400)
    drawn = drawn_curve["draws"]
    drawn = drawn[drawn["draw"] < number]
    rows = drawn_curve["curve"]
    rows = rows[rows["at"] == 0.15].set_index("measure")
    today = drawn_curve.headline.set_index("measure")["now"]
    for name in NAMES:
        values = intervals.paired(drawn, name, today[name])
        for end, figure in intervals.bounds(values, number).items():
            told = rows.loc[name, end]
            assert told == pytest.approx(float(figure), rel=1e-6, abs=1e-6, nan_ok=True)


def test_nothing_done_has_an_interval_of_no_width(drawn_curve: Result) -> None:
    rows = drawn_curve["curve"]
    rows = rows[rows["at"] == 0.0].set_index("measure")
    today = drawn_curve.headline.set_index("measure")["now"]
    for end in ("lower_80", "upper_80"):
        np.testing.assert_allclose(rows[end], today[rows.index], rtol=1e-6, atol=1e-6)


def test_contributions_of_a_draw_add_up_to_its_change(small: Observed, opened: Result) -> None:
    asked_ = asked({"both": BOTH}, capital='"mobile"', statuses=True).with_draws(8, 1)
    sampled = parameters.draw(8, ensemble.streams(1), asked_.parameters())
    numbered = {**sampled, draws.DRAW: np.arange(8.0)}
    about = (asked_.policies[0], asked_.file, draws.Luck(1))
    split = contributions._batch(small, *about, numbered)
    drawn = answered(asked_)["draws"]
    for name in NAMES:
        change = (drawn[name] - drawn[f"{name}_now"]).to_numpy(float)
        added = split[name].sum(axis=1).to_numpy(float)
        scale = np.abs(drawn[f"{name}_now"]).max() + 1.0
        np.testing.assert_allclose(added / scale, change / scale, atol=1e-6)


def test_the_interval_of_a_contribution_is_over_its_draws(drawn_curve: Result) -> None:
    rows = drawn_curve["contributions"].set_index(["measure", "response"])
    people = rows.loc[("people", "people")]
    assert people["lower_80"] < people["lower_50"] < people["upper_50"] < people["upper_80"]
    assert people["lower_80"] < people["median"] < people["upper_80"]
    assert np.isnan(people["lower_95"]), "a tenth of 400 draws tells no 95 %"


def test_few_draws_give_the_curve_and_contributions_no_interval() -> None:
    share = "{ open_border = { legal_share = 0.15 } }"
    answer = answered(asked({"open": share}, capital='"mobile"', curve=CURVE), draws=8)
    for table in ("curve", "contributions"):
        assert answer[table][["median", "lower_80", "upper_80"]].isna().all(axis=None)


# --- what a parameter moves ------------------------------------------------------------------


#: What is on in a study -> the channels of the parameters it reads, beside those that are always.
CHOICE = tuple(name for name in CHANNELS[6:] if name not in ("own_family", "status_nest"))
WAYS = {
    "nothing": ((), ()),
    "legal statuses": (("statuses",), ()),
    "spillovers": (CHANNELS[:6], CHANNELS[:6]),
    "choice": (CHOICE, CHOICE),
    "a family at home": (("own_family",), ("own_family",)),
    "statuses in a nest": (("statuses", "status_nest"), ("status_nest",)),
}


@functools.cache
def moved(way: str) -> pd.DataFrame:
    """Largest relative move of every measure (columns), by parameter (rows).

    Each parameter goes from the tenth to the ninetieth part of its prior, alone.
    """
    declared = parameters.declared()
    channels = str(list(WAYS[way][1])).replace("'", '"')
    options = {"statuses": "statuses" in way, "channels": channels}
    study_asked = asked({"both": BOTH}, capital='"elastic"', **options)
    size = 2 * len(declared)
    drawn = {name: np.repeat(value, size) for name, value in parameters.central().items()}
    for place, (name, parameter) in enumerate(declared.items()):
        ends = parameter.quantile(np.array([0.1, 0.9]))
        drawn[name][2 * place : 2 * place + 2] = ends
    with pytest.MonkeyPatch.context() as patch:
        running = sys.modules["corridors.study.run"]
        patch.setattr(running, "draw", lambda number, stream, known: drawn)
        # Legal statuses as observed: what moves is the parameter's doing.
        observed_shares = lambda shares, concentration, generator, number: shares[None]  # noqa: E731
        patch.setattr(sys.modules["corridors.study.draws"], "shares_drawn", observed_shares)
        patch.setattr(revisions, "drawn", lambda observed, luck: observed)
        rows = answered(study_asked, draws=size)["draws"][NAMES].to_numpy()
    low, high = rows[::2], rows[1::2]
    move = np.abs(high - low) / np.abs(low).max(axis=0)
    return pd.DataFrame(move, index=list(declared), columns=NAMES)


#: What a channel answers in its own way: those who keep a family send by equation (30).
INSTEAD = {"a family at home": {"remittance_semi_elasticity"}}


def read_in(way: str) -> set[str]:
    """Parameters that a study reads, by their declared channel."""
    live = {"", *WAYS[way][0]}
    declared = parameters.declared().items()
    read = {name for name, parameter in declared if parameter.channel in live}
    return read - INSTEAD.get(way, set())


def test_every_parameter_is_read_in_some_way() -> None:
    assert set.union(*map(read_in, WAYS)) == set(parameters.declared())


@pytest.mark.parametrize("way", WAYS)
def test_a_parameter_moves_some_measure_if_and_only_if_its_channel_is_on(way: str) -> None:
    most = moved(way).max(axis=1)
    noise, least = 1e-7, 1e-5
    idle = [name for name in sorted(read_in(way)) if most[name] < least]
    assert idle == []
    meddling = [name for name in most.index if name not in read_in(way) and most[name] > noise]
    assert meddling == []


def test_intervals_of_people_are_exact_quantiles_whatever_the_block() -> None:
    luck = np.random.default_rng(4)
    cells = 2 * intervals.BLOCK + 7
    now = luck.lognormal(8.0, 2.0, cells)
    ratios = luck.lognormal(0.0, 0.3, (300, cells)).astype(np.float32)
    told = intervals.people(now, now, ratios, 300)
    for name, at in (("lower_95", 0.025), ("upper_50", 0.75), ("median", 0.5)):
        exact = np.quantile(now * ratios, at, axis=0)
        np.testing.assert_allclose(told[name], exact, rtol=1e-13)
