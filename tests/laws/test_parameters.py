"""The registry of assumed numbers: what each declares, how it is drawn, what it may be set to."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors import baseline, parameters
from corridors.baseline import Observed
from corridors.ensemble import streams
from corridors.errors import InputError, nearest
from corridors.flows.accounting import Assumptions
from corridors.flows.uncertainty import Errors
from corridors.journeys.choices import Behaviour, behaviour
from corridors.labels import KINDS
from corridors.parameters import BY_USER, PARTS, Parameter
from corridors.projection import Assumed

EVERY = [parameter for part in PARTS for parameter in parameters.declared(part).values()]
ids = {"ids": [f"{parameter.part}.{parameter.name}" for parameter in EVERY]}
DRAWN = [parameter for parameter in EVERY if parameter.prior is not None]
of_numbers = [parameter for parameter in EVERY if type(parameter.value) is float]

#: Four draws from seed 1, as version 0.1 made them.
FIRST = {
    "theta": [2.175890400818665, 1.2049564617540258, 0.5596033292478064, 1.511528786142525],
    "capital_elasticity": [
        1.0287118844196432,
        2.613952637005724,
        10.453662183180429,
        4.608779530526691,
    ],
    "legal_share": [
        0.10186147427108047,
        0.02332611502875759,
        0.2488754729294507,
        0.15740559355017866,
    ],
    "conflict_weight": [
        0.20441200160234482,
        0.06915963972777046,
        0.26042933094761683,
        0.8258347310761414,
    ],
}


def refusal(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


@pytest.mark.parametrize("parameter", EVERY, **ids)
def test_every_parameter_says_what_it_is_and_may_be_what_it_is(parameter: Parameter) -> None:
    for text in (parameter.title, parameter.unit, parameter.source):
        assert text.strip()
    assert parameter.kind in KINDS
    assert parameter.problems("here", parameter.value) == []
    if not (parameter.choices or isinstance(parameter.value, bool)):
        assert math.isfinite(parameter.lower) and math.isfinite(parameter.upper)
    if parameter.flee is not None:
        assert parameter.problems("here", parameter.flee) == []


@pytest.mark.parametrize("parameter", DRAWN, ids=[parameter.name for parameter in DRAWN])
def test_draws_stay_where_the_parameter_may_be_set(parameter: Parameter) -> None:
    drawn = parameter.draw(1000, streams(1))
    assert (drawn >= parameter.lower).all() and (drawn <= parameter.upper).all()
    assert parameter.lower <= float(parameter.quantile(np.array(1e-6)))
    assert float(parameter.quantile(np.array(1.0 - 1e-6))) <= parameter.upper


def test_draws_are_those_of_the_first_version() -> None:
    """The stream of a parameter is keyed by its name: these were drawn before the registry."""
    journeys = parameters.declared("journeys")
    for name, before in FIRST.items():
        parameter = parameters.declared().get(name) or journeys[name]
        # Other machines round the last digit of an exponential otherwise.
        np.testing.assert_allclose(parameter.draw(4, streams(1)), before, rtol=1e-13)


@pytest.mark.parametrize("parameter", of_numbers, ids=[parameter.name for parameter in of_numbers])
def test_a_number_outside_the_range_is_refused_with_range_and_unit(parameter: Parameter) -> None:
    step = 1e-6 * max(1.0, abs(parameter.lower), abs(parameter.upper))
    for wrong in (parameter.lower - step, parameter.upper + step, math.nan, math.inf, True, "1"):
        with pytest.raises(InputError, match="outside its range") as raised:
            parameters.override({parameter.name: wrong}, (parameter.part,))
        said = refusal(raised)
        assert parameter.unit in said
        assert f"{parameter.lower:g} to {parameter.upper:g}" in said
    for right in (parameter.lower, np.float64(parameter.upper), np.array(parameter.upper)):
        given_ = parameters.override({parameter.name: right}, (parameter.part,))
        kept = given_[parameter.part][parameter.name]
        assert type(kept.value) is float
        assert (kept.value, kept.source, kept.kind) == (float(right), BY_USER, "assumed")


@given(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=20))
def test_an_unknown_parameter_is_refused_with_the_nearest(name: str) -> None:
    known = parameters.declared()
    if name in known:
        return
    with pytest.raises(InputError) as raised:
        parameters.override({name: 1.0})
    said = refusal(raised)
    elsewhere = any(name in parameters.declared(part) for part in PARTS)
    assert elsewhere or f"there is no parameter '{name}'" in said
    assert nearest(name, known)[0] in said


def test_what_the_asker_fixes_is_not_drawn_and_moves_no_other_draw() -> None:
    plain = parameters.draw(20, streams(3))
    known = parameters.override({"theta": 2.0})["equilibrium"]
    fixed = parameters.draw(20, streams(3), known)
    assert (fixed.pop("theta") == 2.0).all()
    for name, values in fixed.items():
        np.testing.assert_array_equal(values, plain[name])
    assert parameters.central(known)["theta"] == 2.0


def test_a_prior_of_the_askers_is_drawn_with_the_same_luck() -> None:
    prior = {"distribution": "uniform", "lower": 1.0, "upper": 3.0}
    known = parameters.override({"theta": prior})["equilibrium"]
    mine, before = (parameters.draw(50, streams(3), each)["theta"] for each in (known, None))
    assert mine.min() >= 1.0 and mine.max() <= 3.0
    np.testing.assert_array_equal(np.argsort(mine), np.argsort(before))
    assert known["theta"].value == 2.0  # the median, where no value is given
    centred = parameters.override({"theta": {**prior, "value": 1.2}})["equilibrium"]
    assert centred["theta"].value == 1.2


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ({"distribution": "unifrom", "lower": 1, "upper": 2}, "Did you mean uniform"),
        ({"lower": 1, "upper": 2}, "there is no distribution"),
        ({"distribution": "uniform", "lower": 1}, "needs upper"),
        ({"distribution": "uniform", "low": 1, "upper": 2}, "Did you mean lower"),
        ({"distribution": "uniform", "lower": 2, "upper": 1}, "make no uniform prior"),
        ({"distribution": "lognormal", "lower": 0, "upper": 1}, "both above 0"),
        ({"distribution": "beta", "a": -1, "b": 1}, "two numbers above 0"),
        ({"distribution": "uniform", "lower": 1, "upper": 200}, "outside its range"),
        ({"distribution": "uniform", "lower": math.nan, "upper": 2}, "needs lower"),
        ({"distribution": "uniform", "lower": 1, "upper": 2, "value": 99}, "outside its range"),
    ],
)
def test_a_prior_that_is_none_is_refused(prior: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        parameters.override({"theta": prior})
    assert said in refusal(raised)


def test_an_unknown_distribution_is_an_error_in_every_part() -> None:
    for part, name in (("equilibrium", "theta"), ("journeys", "leave_town")):
        with pytest.raises(InputError, match="there is no distribution 'normal'"):
            parameters.override({name: {"distribution": "normal"}}, (part,))
    with pytest.raises(InputError, match="draws no patience"):
        parameters.override({"patience": {"distribution": "beta", "a": 1, "b": 2}}, ("projection",))


def test_a_name_of_two_parts_is_of_the_first() -> None:
    known = parameters.override({"network": 0.1}, ("projection", "equilibrium"))
    assert known["projection"]["network"].value == 0.1
    assert known["equilibrium"]["network"].source != BY_USER


def test_a_name_of_another_part_says_so() -> None:
    with pytest.raises(InputError, match="'leave_town' is a parameter of journeys"):
        parameters.override({"leave_town": 0.3})


# --- typed views -----------------------------------------------------------------------------


def test_views_have_the_values_of_the_registry() -> None:
    default, _ = behaviour(parameters.declared("journeys"))
    for part, view, renamed in (
        ("projection", Assumed(), {}),
        ("journeys", default, {}),
        ("flows", Errors(), {}),
        ("flows", Assumptions(), {"births": "newborns", "deaths": "mortality"}),
    ):
        declared = parameters.declared(part)
        for field in fields(view):
            name = renamed.get(field.name, field.name)
            if name in declared:
                assert getattr(view, field.name) == declared[name].value, field.name


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Assumed(removal=2.0), "assumed.removal"),
        (lambda: Assumed(removal=True), "assumed.removal"),
        (lambda: Errors(births=-0.1), "errors.births"),
        (lambda: Errors(pair=math.nan), "errors.pair"),
        (lambda: Assumptions(births="natve"), "assumptions.births"),  # type: ignore[arg-type]
        (lambda: Behaviour("flea"), "behaviour.rules"),
        (lambda: Behaviour(leave_town=1.5), "behaviour.leave_town"),
        (lambda: Behaviour(leave_town=np.array([0.5, np.nan])), "behaviour.leave_town"),
        (lambda: Behaviour(awareness=1.5), "whole number"),
        (lambda: Behaviour(present_at_start="yes"), "true or false"),  # type: ignore[arg-type]
    ],
)
def test_a_view_refuses_what_is_out_of_range(make: Any, said: str) -> None:
    with pytest.raises(InputError) as raised:
        make()
    assert said in refusal(raised)


# --- calibrate ---------------------------------------------------------------------------------


def test_calibrate_takes_a_plain_number(observed: Observed) -> None:
    world = baseline.calibrate(observed, {**parameters.central(), "theta": 2.0})
    np.testing.assert_array_equal(world.structure.theta, [[2.0, 2.0]])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channels": ("netwrok",)}, "there is no channel 'netwrok'. Did you mean network"),
        ({"channels": "network"}, "no list of channels"),
        ({"channels": ("people",)}, "there is no channel 'people'"),
        ({"closure": "mobil"}, "'mobil' is not a closure. Use one of mobile"),
        ({"closure": True}, "is not a closure"),
    ],
)
def test_calibrate_refuses_a_misspelt_option(
    observed: Observed, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        baseline.calibrate(observed, parameters.central(), **options)
    assert said in refusal(raised)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"thetta": np.array([1.0])}, "there is no parameter 'thetta'. Did you mean theta"),
        ({"theta": np.array([99.0])}, "Give a number from 0.05 to 50 (elasticity)"),
        ({"theta": np.array([1.0, np.nan])}, "parameters.theta: nan is outside its range"),
        ({"theta": np.array([1.0, 2.0]), "nest": np.ones(3)}, "numbers of draws differ"),
        ({"theta": "1.2"}, "outside its range"),
        ({"theta": True}, "outside its range"),
    ],
)
def test_calibrate_refuses_a_wrong_parameter(
    observed: Observed, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        baseline.calibrate(observed, {**parameters.central(), **changes})
    assert said in refusal(raised)


def test_calibrate_names_a_parameter_that_is_missing(observed: Observed) -> None:
    given_ = parameters.central()
    del given_["nest"]
    with pytest.raises(InputError, match="nest is missing"):
        baseline.calibrate(observed, given_)
