"""Tables of more than two axes: what they must meet, and the family they stay in."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridors.errors import Infeasible, InputError
from corridors.flows.margins import fit
from corridors.flows.multiway import fit_margins


def four_way() -> tuple[xr.DataArray, list[xr.DataArray]]:
    """A table by sex, age, origin and destination, and margins that share axes."""
    random = np.random.default_rng(7)
    truth = xr.DataArray(
        random.gamma(0.8, 100.0, (2, 3, 4, 4)),
        [
            ("sex", ["female", "male"]),
            ("age", ["0-14", "15-64", "65+"]),
            ("origin", list("ABCD")),
            ("destination", list("ABCD")),
        ],
    )
    margins = [
        truth.sum("destination"),
        truth.sum(["sex", "age"]),
        truth.sum(["sex", "origin"]).transpose("destination", "age"),
    ]
    return truth, margins


def test_a_four_way_table_meets_margins_that_share_axes() -> None:
    truth, margins = four_way()
    fitted = fit_margins(xr.ones_like(truth), [margins[0], margins[1][::-1], margins[2]])
    for margin in margins:
        rest = [dim for dim in fitted.table.dims if dim not in margin.dims]
        xr.testing.assert_allclose(
            fitted.table.sum(rest).transpose(*margin.dims), margin, rtol=1e-10
        )
    # log mu = f(sex, age, origin) + g(origin, destination) + h(age, destination): no margin tells
    # how sex and destination go together, and the fit adds nothing of its own.
    assert float(abs(np.log(fitted.table).diff("sex").diff("destination")).max()) < 1e-8
    assert fitted.error < 1e-10


def test_two_margins_give_what_the_fit_of_rows_and_columns_gives() -> None:
    truth, _ = four_way()
    table = truth.sum(["sex", "age"])
    seed = table**0.5
    rows, columns = table.sum("destination"), table.sum("origin")
    known = fit(seed, rows, columns).table
    xr.testing.assert_allclose(fit_margins(seed, [rows, columns]).table, known, rtol=1e-9)


def test_margins_that_differ_where_they_meet_are_refused_by_name() -> None:
    truth, margins = four_way()
    wrong = margins[2].copy()
    wrong[0, 0] += 5.0
    with pytest.raises(InputError, match=r"margins 1 and 3 at 0-14"):
        fit_margins(xr.ones_like(truth), [margins[0], margins[1], wrong])
    with pytest.raises(InputError, match="has year, the seed has sex, age"):
        fit_margins(truth, [margins[0].rename(age="year")])
    closed = truth.copy()
    closed.loc[{"origin": "B"}] = 0.0
    with pytest.raises(Infeasible, match="at female, 0-14, B"):
        fit_margins(closed, margins)
    with pytest.raises(InputError, match="is not known"):
        fit_margins(truth, [margins[0].where(margins[0] > margins[0].min())])
