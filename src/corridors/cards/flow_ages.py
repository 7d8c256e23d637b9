"""Flows of a period by age: a schedule, held to the net migration of every cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridors.baseline.periods import EACH, cohort_residuals, observe
from corridors.cards.flows import area_of, known
from corridors.errors import InputError, Problem, nearest
from corridors.flows.ages import FAMILIES, rogers_castro, spread_with_cohorts
from corridors.flows.uncertainty import spread
from corridors.people.stocks import SEXES

__all__ = ["COLUMNS", "SHIFT_COLUMNS", "by_age"]

COLUMNS = {
    "period": "1 July of the first to 1 July of the last year",
    "origin": "area lived in at the start",
    "destination": "area lived in at the end",
    "sex": "both, female or male",
    "age": "first year of the age group at the end of the period; 100 is open",
    "method": "how the flow of all ages was estimated",
    "flow": "persons who lived in the origin at the start and in the destination at the end",
    "kind": "reported, modelled or assumed",
}
SHIFT_COLUMNS = {
    "area": "area",
    "sex": "female or male",
    "cohorts": "net migration that ages and survival give, persons",
    "net": "net migration of the flows, to which the cohorts are shifted",
    "kept": "part of the cohorts' net migration beside the schedule's that the flows have room for",
    "shift": "sum of the sizes of the shifts of all ages",
    "missed": "persons of net by age that the flows have no room for",
}
#: Middle of a group of five years.
MIDDLE = 2.5


def by_age(
    period: str,
    method: str,
    *,
    sex: str = "both",
    family: str = "standard",
    top: int | None = None,
    place: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flows of a period by five-year age group, and how the cohorts were shifted to fit them.

    Of the method (44) to (47), spread by `corridors.flows.ages.spread_with_cohorts`.

    Parameters
    ----------
    period, method, sex, top, place
        As `corridors.cards.flows.largest`; periods of five years, and `top` flows of all ages.
    family : str
        Model schedule of `corridors.flows.ages.FAMILIES`.

    Returns
    -------
    rows : DataFrame (`COLUMNS`)
        Persons over the period; flows above zero.
    shifts : DataFrame (`SHIFT_COLUMNS`)
        Persons over the period, `kept` a share.

    Raises
    ------
    InputError
        No such schedule, sex, method, area, or a period that is not five years.
    SourceError
        A table of the package is missing or damaged.
    """
    if family not in FAMILIES:
        fix = f"Use {', '.join(nearest(family, FAMILIES))}"
        raise InputError(Problem("family", f"there is no schedule '{family}'", fix))
    if sex not in SEXES:
        raise InputError(Problem("sex", f"'{sex}' is not in the tables", f"Use {', '.join(SEXES)}"))
    sexes = ("female", "male") if sex == "both" else (sex,)
    observed = observe(period)
    each = spread(observe(period, sex=EACH), (known(method),), both=observed)
    each = each.sel({"method": method}, drop=True)
    total, shifts, ages = np.zeros(()), [], []
    for name in sexes:
        flows = each.sel(sex=name).to_numpy()
        residuals = cohort_residuals(period, name)
        ages = list(residuals.indexes["age"])
        schedule = rogers_castro(np.array(ages, dtype=float) + MIDDLE, **FAMILIES[family])
        fitted = spread_with_cohorts(flows, schedule, residuals.to_numpy())
        total = total + fitted.by_age
        columns = {
            "sex": name,
            "cohorts": residuals.to_numpy().sum(axis=1),
            "net": fitted.net.sum(axis=1),
            "kept": fitted.kept,
            "shift": np.abs(fitted.net - residuals.to_numpy()).sum(axis=1),
            "missed": np.abs(fitted.missed).sum(axis=1),
        }
        shifts.append(pd.DataFrame(columns, index=residuals.indexes["area"]).reset_index())
    areas = each.indexes["origin"].to_numpy()
    wanted = total.sum(axis=-1)
    if place is not None:
        at = list(areas).index(area_of(place, observed))
        wanted[np.arange(len(areas)) != at] *= np.arange(len(areas)) == at
    if top:
        least = np.sort(wanted, axis=None)[-min(top, wanted.size)]
        wanted = np.where(wanted >= least, wanted, 0.0)
    o, d, a = np.nonzero((total > 0.0) & (wanted > 0.0)[..., None])
    columns = {"origin": areas[o], "destination": areas[d], "age": np.array(ages)[a].astype(int)}
    rows = pd.DataFrame(columns | {"flow": total[o, d, a]})
    rows = rows.assign(period=period, sex=sex, method=method, kind="assumed")[list(COLUMNS)]
    moved = pd.concat(shifts, ignore_index=True)[list(SHIFT_COLUMNS)]
    return rows, moved.sort_values("shift", ascending=False, ignore_index=True)
