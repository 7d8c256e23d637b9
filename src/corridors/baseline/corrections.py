"""A better figure: what a user puts in place of a figure of a world, checked and shown as theirs.

Each figure has a key, `AREA.quantity` or `BIRTHPLACE-RESIDENCE.quantity`, a unit and a range.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.baseline.economy import remitted_from
from corridors.baseline.observed import Observed
from corridors.baseline.residents import LARGEST_TERTIARY
from corridors.borders.status import STATUSES
from corridors.errors import InputError, Problem, nearest

__all__ = ["BY_USER", "FIGURES", "Correction", "Figure", "apply", "listed", "read"]

#: Source of a figure that the user gave without one.
BY_USER = "user"
#: What a figure may be written in besides the unit of the table, and what it is multiplied with.
SHARE = {"percent": 0.01, "%": 0.01}
PPP = {"international dollars": 1.0, "PPP dollars": 1.0}
MONEY = {"million": 1e6, "billion": 1e9}
PERSONS = {"people": 1.0, "thousand persons": 1e3, "million persons": 1e6}


@dataclass(frozen=True)
class Figure:
    """A figure that may be replaced: of an area, or of a corridor.

    Parameters
    ----------
    unit : of the table
    lower, upper : ends of what it may be
    field : of `Observed`
    row : its quantity in the table of figures; "" has none
    units : other units, and how many of the table's they are
    """

    title: str
    unit: str
    lower: float
    upper: float
    field: str
    row: str = ""
    units: Mapping[str, float] | None = None
    corridor: bool = False

    def factor(self, unit: str) -> float | None:
        """How many of the table's unit one of `unit` is; None for a unit that is not known.

        Money is in words (million, bn): a list of this package.
        """
        known = {self.unit: 1.0, **(self.units or {})}
        known |= {f"{word} {self.unit}": by for word, by in MONEY.items()}
        folded = {name.casefold(): by for name, by in known.items()}
        return folded.get(unit.strip().casefold())


def _share(title: str, field: str, row: str, lower: float, upper: float, of: str) -> Figure:
    return Figure(title, f"share of {of}", lower, upper, field, row, {"share": 1.0, **SHARE})


def _adults(title: str, field: str) -> Figure:
    return Figure(title, "adults (15+)", 0.0, 1e9, field, units=PERSONS, corridor=True)


#: By the last word of the key.
FIGURES = {
    "output": Figure(
        "Output", "PPP dollars of 2021 a year", 1e6, 1e15, "output", "output", PPP
    ),
    "output_per_head": Figure(
        "Output per head", "PPP dollars of 2021 a year", 100.0, 1e6, "output", "output", PPP
    ),
    "adults": Figure("Residents of 15 and over", "persons", 100.0, 1e10, "home", units=PERSONS),
    "labour_share": _share(
        "Labour's share of output", "labour_share", "labour share", 0.05, 0.95, "output"
    ),
    "at_work": _share("Employed", "at_work", "employed over adults", 0.05, 1.0, "adults"),
    "unemployment": _share(
        "Unemployment", "unemployment", "unemployment", 0.0, 0.6, "the labour force"
    ),
    "years_of_schooling": Figure(
        "Years of schooling", "years", 0.0, 20.0, "years_of_schooling"
    ),
    "tertiary_share": _share(
        "Tertiary among adult residents", "tertiary_share", "tertiary among residents",
        0.0, LARGEST_TERTIARY, "adults",
    ),
    "remittances_received": Figure(
        "Remittances received", "US dollars", 0.0, 1e12, "received", "remittances received"
    ),
    "remittance_fee": _share(
        "Cost of remitting", "fee", "cost of remitting", 0.0, 0.5, "the amount"
    ),
    "price_level": Figure(
        "Price level", "US dollars per PPP dollar", 0.02, 5.0, "price_level", "price level"
    ),
    "capital_to_output": Figure(
        "Capital over output", "years", 0.1, 20.0, "capital_to_output", "capital over output"
    ),
    "people": _adults("Adults born in the one who live in the other", "migrants"),
    **{name: _adults(f"Of them {name}", "status_shares") for name in STATUSES},
}  # fmt: skip


@dataclass(frozen=True)
class Correction:
    """One figure of the user's, in the unit of the table; `place` as it was written."""

    place: str
    quantity: str
    value: float
    year: float
    source: str

    @property
    def key(self) -> str:
        """As a study file writes it."""
        return f"{self.place}.{self.quantity}"


def read(given: Mapping[str, Any], where: str = "figures") -> tuple[Correction, ...]:
    """Figures of a study file, of a setting or of Python, checked.

    Parameters
    ----------
    given : mapping
        `{"VEN": {"output_per_head": 12400}}` or `{"VEN.output_per_head": 12400}`; in place of the
        number a table of `value`, `unit`, `year` and `source`.
    where : str
        What messages call it.

    Returns
    -------
    tuple of Correction
        Values in the units of `listed`.

    Raises
    ------
    InputError
        Every unknown key with the nearest, unit that is not known and value out of range.
    """
    flat: dict[str, Any] = {}
    for key, value in given.items():
        if str(key).rpartition(".")[2] not in FIGURES and isinstance(value, Mapping):
            flat |= {f"{key}.{quantity}": inner for quantity, inner in value.items()}
        else:
            flat[str(key)] = value
    corrections, problems = [], []
    for key, value in flat.items():
        try:
            corrections.append(_correction(key, value, f"{where}.{key}"))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(corrections)


def listed() -> pd.DataFrame:
    """Every figure that may be replaced: its key, and the unit and range it is given in.

    Returns
    -------
    DataFrame (key, title, unit, units, lower, upper)
        Ends of the range in `unit`, chosen for this package; `units` are others that are
        understood.
    """
    rows = [
        (
            f"{'A-B' if about.corridor else 'AREA'}.{name}",
            about.title,
            about.unit,
            ", ".join(about.units or {}),
            about.lower,
            about.upper,
        )
        for name, about in FIGURES.items()
    ]
    return pd.DataFrame(rows, columns=["key", "title", "unit", "units", "lower", "upper"])


def _correction(key: str, given: Any, where: str) -> Correction:
    place, _, quantity = key.rpartition(".")
    if quantity not in FIGURES or not place:
        close = ", ".join(f"{place or 'VEN'}.{name}" for name in nearest(quantity, FIGURES))
        raise InputError(Problem(where, f"there is no figure '{quantity}'", f"Use {close}"))
    about = FIGURES[quantity]
    table = dict(given) if isinstance(given, Mapping) else {"value": given}
    known = ("value", "unit", "year", "source")
    problems = [
        Problem(
            where, f"there is no key '{name}'", f"Did you mean {', '.join(nearest(name, known))}?"
        )
        for name in table
        if name not in known
    ]
    value, unit = table.get("value"), table.get("unit", about.unit)
    factor = about.factor(unit) if isinstance(unit, str) else None
    if factor is None:
        units = ", ".join([about.unit, *(about.units or {})])
        problems.append(Problem(where, f"the unit {unit!r} is not known", f"Use {units}"))
    if not _is_number(value):
        problems.append(Problem(where, f"{value!r} is no number", f"Give it in {about.unit}"))
    year = table.get("year", math.nan)
    if not isinstance(year, numbers.Real) or isinstance(year, bool):
        problems.append(Problem(where, f"{year!r} is no year", "Write year = 2019"))
    if problems:
        raise InputError(problems)
    scaled = float(table["value"]) * float(factor or 1.0)
    if not about.lower <= scaled <= about.upper:
        ends = f"{about.lower:g} to {about.upper:g} {about.unit}"
        raise InputError(Problem(where, f"{scaled:g} is out of range", f"Give {ends}"))
    source = str(table.get("source", "")).strip()
    named = f"{BY_USER}: {source}" if source else BY_USER
    return Correction(place, quantity, scaled, float(year), named)


def _is_number(value: Any) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return real and math.isfinite(float(value))


# --- put in place of the table's ----------------------------------------------------------------


def apply(observed: Observed, corrections: Sequence[Correction]) -> Observed:
    """The figures with the user's in place of the table's; `corrected` tells which.

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i), figures of the economy (i,).
    corrections : sequence of Correction
        Each in the unit that `listed` says, with the user's own source.

    Returns
    -------
    Observed

    Raises
    ------
    InputError
        A place is not in this world, or what is left over for others is below zero.
    """
    problems: list[Problem] = []
    # Statuses are of a corridor's people: people first.
    for correction in sorted(corrections, key=lambda each: each.quantity in STATUSES):
        about = FIGURES[correction.quantity]
        try:
            at = _places(observed, correction, about)
            before = _value(observed, correction.quantity, at)
            observed = _CHANGE[about.field](observed, correction, at)
        except InputError as error:
            problems += error.problems
            continue
        row = pd.DataFrame(
            {
                "figure": [correction.key],
                "title": about.title,
                "value": correction.value,
                "unit": about.unit,
                "year": correction.year,
                "source": correction.source,
                "instead_of": before,
            }
        )
        observed = replace(
            observed,
            corrected=pd.concat([observed.corrected, row], ignore_index=True),
            figures=_marked(observed, correction, about, at),
        )
    if problems:
        raise InputError(problems)
    return observed


def _places(observed: Observed, correction: Correction, about: Figure) -> tuple[int, ...]:
    """Where the figure stands among the areas: one place, or both ends of a corridor."""
    place, where = correction.place, f"figures.{correction.key}"
    names = _ends(place, observed.areas) if about.corridor else [place]
    if about.corridor and len(names) != 2:
        what, fix = f"'{place}' is no corridor", f'Write "MEX-USA".{correction.quantity}'
        raise InputError(Problem(where, what, fix))
    at, problems = [], []
    for name in names:
        try:
            codes = areas.select(name, among=observed.areas)
        except InputError as error:
            problems += [replace(problem, where=where) for problem in error.problems]
            continue
        if len(codes) != 1:
            what = f"'{name}' is {len(codes)} areas"
            problems.append(Problem(where, what, "Give the figure of one area"))
        else:
            at.append(observed.areas.index(codes[0]))
    if problems:
        raise InputError(problems)
    if len(set(at)) != len(at):
        raise InputError(Problem(where, "both ends are one area", "Name two areas"))
    return tuple(at)


def _ends(place: str, known: Sequence[str]) -> list[str]:
    """Birthplace and residence of "A-B", where names may hold hyphens themselves."""
    parts = place.split("-")
    splits = [
        ("-".join(parts[:cut]).strip(), "-".join(parts[cut:]).strip())
        for cut in range(1, len(parts))
    ]
    both = [split for split in splits if split[0] in known and split[1] in known]
    return list((both or splits)[0]) if splits else [place]


def _value(observed: Observed, quantity: str, at: tuple[int, ...]) -> float:
    """What the table says, in the unit of the figure."""
    about = FIGURES[quantity]
    if about.corridor:
        people = float(observed.migrants[:, at[0], at[1]].sum())
        if quantity == "people":
            return people
        return people * float(observed.status_shares[at][STATUSES.index(quantity)])
    (i,) = at
    if quantity == "adults":
        return float(observed.home[:, i].sum() + observed.migrants[..., i].sum())
    value = float(getattr(observed, about.field)[i])
    return value / float(observed.population[i]) if quantity == "output_per_head" else value


def _with_value(array: Any, at: Any, value: Any) -> Any:
    changed = array.copy()
    changed[at] = value
    return changed


def _plain(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    field, value = FIGURES[correction.quantity].field, correction.value
    if correction.quantity == "output_per_head":
        value *= float(observed.population[at[0]])
    changes: dict[str, Any] = {field: _with_value(getattr(observed, field), at[0], value)}
    changed = replace(observed, **changes)
    if field == "labour_share":
        imputed = observed.labour_share_imputed.copy()
        imputed[at[0]] = False
        changed = replace(changed, labour_share_imputed=imputed)
    return changed


def _with_natives(observed: Observed, i: int, residents: float, key: str) -> Observed:
    """As many natives at home in area i as leave `residents` adults beside the immigrants."""
    natives = residents - float(observed.migrants[..., i].sum())
    now = float(observed.home[:, i].sum())
    if not natives > 0.0:
        what = f"leaves no natives at home in {observed.areas[i]}"
        raise InputError(Problem(f"figures.{key}", what, "Give more residents or fewer migrants"))
    home = observed.home.copy()
    home[:, i] *= natives / now
    return replace(observed, home=home)


def _residents(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    return _with_natives(observed, at[0], correction.value, correction.key)


def _people(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    """More or fewer migrants; residents stay as many, so that natives make room or fill up."""
    b, i = at
    residents = float(observed.home[:, i].sum() + observed.migrants[..., i].sum())
    now, skills = float(observed.migrants[:, b, i].sum()), observed.migrants[:, b, i]
    mix = skills / now if now > 0.0 else observed.home[:, b] / observed.home[:, b].sum()
    migrants = observed.migrants.copy()
    migrants[:, b, i] = mix * correction.value
    return _with_natives(replace(observed, migrants=migrants), i, residents, correction.key)


def _status(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    """So many of a corridor's people in a status; the other statuses keep their proportions."""
    people = float(observed.migrants[:, at[0], at[1]].sum())
    if not 0.0 <= correction.value <= people or people == 0.0:
        what = f"{correction.value:,.0f} of {people:,.0f} adults in the corridor"
        raise InputError(
            Problem(f"figures.{correction.key}", what, f"Give at most {people:,.0f}, or `people`")
        )
    k = STATUSES.index(correction.quantity)
    mix = observed.status_shares[at].copy()
    share, others = correction.value / people, 1.0 - mix[k]
    mix *= (1.0 - share) / others if others > 0.0 else 0.0
    if others <= 0.0:
        mix[0 if k else 1] = 1.0 - share
    mix[k] = share
    return replace(
        observed,
        status_shares=_with_value(observed.status_shares, at, mix),
        status_assumed=_with_value(observed.status_assumed, at, True),
    )


def _received(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    """What one area receives; those who send to it are told to send as much more or less.

    Where the matrix is not known from which senders were read, none is told any more.
    """
    changed = _plain(observed, correction, at)
    if observed.years is None:
        return replace(changed, remitted_from=np.full(len(observed.areas), np.nan))
    sent = remitted_from(observed.areas, changed.received, observed.years.economy)
    return replace(changed, remitted_from=sent)


def _tertiary(observed: Observed, correction: Correction, at: tuple[int, ...]) -> Observed:
    """Graduates among residents; what immigrants do not make up are natives, some of both."""
    (i,) = at
    immigrants = observed.migrants[..., i].sum(axis=1)
    natives = float(observed.home[:, i].sum())
    raw = ((natives + immigrants.sum()) * correction.value - immigrants[1]) / natives
    share = float(np.clip(raw, correction.value / 2.0, LARGEST_TERTIARY))
    home = observed.home.copy()
    home[:, i] = natives * np.array([1.0 - share, share])
    return replace(_plain(observed, correction, at), home=home)


_CHANGE: dict[str, Callable[[Observed, Correction, tuple[int, ...]], Observed]] = {
    **{about.field: _plain for about in FIGURES.values()},
    "home": _residents, "migrants": _people, "status_shares": _status, "tertiary_share": _tertiary,
    "received": _received,
}  # fmt: skip


def _marked(
    observed: Observed, correction: Correction, about: Figure, at: tuple[int, ...]
) -> pd.DataFrame:
    """The table of figures with the user's as the user's: kind assumed, and never stale."""
    place = "-".join(observed.areas[end] for end in at)
    figures, value = observed.figures, correction.value
    if correction.quantity == "output_per_head":
        value = float(observed.output[at[0]])
    row = {
        "area": place, "quantity": about.row or correction.quantity, "value": value,
        "unit": about.unit, "year": correction.year, "kind": "assumed",
        "source": correction.source, "stale": False,
    }  # fmt: skip
    same = (figures["area"] == place) & (figures["quantity"] == row["quantity"])
    fresh = pd.DataFrame([row]).astype({"year": figures["year"].dtype})
    if same.any():
        position = int(np.flatnonzero(same.to_numpy())[0])
        parts = [figures.iloc[:position], fresh, figures.iloc[position + 1 :]]
        return pd.concat(parts, ignore_index=True)
    return pd.concat([figures, fresh], ignore_index=True)
