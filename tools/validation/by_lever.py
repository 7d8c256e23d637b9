"""Levers and rates whose default the outcome did not set."""

from __future__ import annotations

import numpy as np
from published import effects
from published.pages import persons, table
from published.permits import contracts_reform, ratio

from corridors.data import store
from corridors.parameters import declared
from corridors.people import displaced
from corridors.projection.intervals import CORRELATION
from validation.by_equilibrium import residence_agreement
from validation.compared import Section

__all__ = ["levers"]

GROUPS = ("refugees", "refugee_like", "asylum_seekers")
Row = tuple[str, str, str, str, str, str]


def levers(draws: int) -> Section:
    """(e) what a lever or a rate said beside an outcome that did not set it."""
    rows = [*_legal_share(draws), *_returns(), *_decay(), _visa(), _wall(), _asylum(), _recruits()]
    failed = tuple(
        f"(e) {row[0]}: {row[2]} said ({row[3]}), {row[4]} came"
        for row in rows
        if row[5].startswith("**")
    )
    head = ("Lever or rate", "Its row, and what set it", "Said", "Interval", "Came", "")
    return Section("\n" + table(head, rows) + "\n", failed)


def _verdict(inside: bool) -> str:
    return "inside" if inside else "**outside**"


def _legal_share(draws: int) -> list[Row]:
    return [
        (
            f"`open_border` for MERCOSUR's residence agreement: {row.what}",
            "`equilibrium.legal_share`, from accession to the European Union",
            f"{persons(row.before)} to {persons(row.forecast)}",
            f"{persons(row.lower)} to {persons(row.upper)}",
            persons(row.came),
            _verdict(row.inside) + f", skill {row.skill:+.2f}".replace("-", "−"),
        )
        for row in residence_agreement(draws)
    ]


def _returns() -> list[Row]:
    told = store.table("refugees")
    told = told[told["publisher"] == "UNHCR"]
    wide = told.pivot_table(index="year", columns="group", values="persons", aggfunc="sum")
    rate = wide["returned_refugees"] / wide["refugees"].shift(1)
    parameter = declared("projection")["return_protected"]
    prior = parameter.prior or {}
    rows = []
    for first, last in ((2010, 2019), (2020, 2024)):
        came = float(rate.loc[first:last].median())
        rows.append(
            (
                f"return of refugees, {first} to {last}",
                "`projection.return_protected`, from 1985 to 2009",
                f"{parameter.value:.3f} a year",
                f"{prior['lower']:.3f} to {prior['upper']:.3f} (90 %)",
                f"{came:.3f}",
                _verdict(prior["lower"] <= came <= prior["upper"]),
            )
        )
    return rows


def _decay() -> list[Row]:
    """Spells that began from 2010 to 2019, followed to 2024: none was in the fit."""
    told = store.table("refugee_arrivals")
    told = told[told["group"].isin(GROUPS) & (told["year"] <= 2024)]
    wide = told.pivot_table(index="year", columns="birthplace", values="persons", aggfunc="sum")
    wide = wide.reindex(range(1970, 2025)).fillna(0.0)
    people = store.table("population").pivot(index="year", columns="area", values="population")
    new = displaced.spells(wide, people, first=2010, last=2019, until=2024)
    known = declared("projection")
    names = ("displacement_half_life", "displacement_floor", "displacement_floor_half_life")
    normal = np.random.default_rng(1).standard_normal((500, 3)) @ np.linalg.cholesky(CORRELATION).T
    from scipy.special import ndtr

    probability = ndtr(normal)
    drawn = [
        displaced.Decay(*(float(known[name].quantile(probability[row, [at]])[0])
                          for at, name in enumerate(names)))
        for row in range(len(normal))
    ]  # fmt: skip
    point = displaced.Decay(*(known[name].value for name in names))
    rows: list[Row] = []
    for words, years in (
        ("the next year over the peak year", slice(1, 2)),
        ("third to fifth year a year, over the peak year", slice(3, 6)),
    ):
        long = [spell for spell in new if len(spell.arrivals) >= 4]
        came = np.array([spell.arrivals[years].mean() / spell.arrivals[0] for spell in long])
        since = np.arange(8)
        said = float(point.weights(since)[years].mean())
        spread = [float(decay.weights(since)[years].mean()) for decay in drawn]
        low, high = np.quantile(spread, [0.025, 0.975])
        middle = float(np.median(came))
        rows.append(
            (
                f"flight of the {len(long)} spells begun 2010 to 2019: {words}, median",
                "`projection.displacement_*`, from spells begun before 2010",
                f"{said:.2f}",
                f"{low:.2f} to {high:.2f} (95 %)",
                f"{middle:.2f} (half of the spells {np.quantile(came, 0.25):.2f} to "
                f"{np.quantile(came, 0.75):.2f})",
                _verdict(bool(low <= middle <= high)),
            )
        )
    return rows


def _visa() -> Row:
    return (
        "`visa`: Canada's on Mexicans, July 2009, claims of asylum 2010 over 2008, against "
        "everybody else's",
        "`visa.inflow_cut`, from memory of Czaika and de Haas; no prior",
        "−45 %",
        "none",
        "−80 % (8 069 to 1 299, the others 25 864 to 21 166)",
        "**below**: claims are one door, and the closest to a visa",
    )


def _wall() -> Row:
    return (
        "`wall`: the fence on the Evros, detections by land and sea, first and second year",
        "`wall.deterred`, from the fence of 2007-10 of the USA; 0.02 to 0.09",
        "−5 %",
        "−2 to −9 %",
        "−74 %, −37 % (63 163 to 16 536 and 39 630)",
        "**outside**: counts at one border, in a year of war, are no stock",
    )


def _asylum() -> Row:
    said = effects.asylum()
    return (
        "`asylum`: recognition in the EU 28 cut by 10 %, irregular people",
        "`asylum.recognition`, a choice of the asker; the response is the model's",
        said[1].rpartition(" irregular ")[2],
        "none",
        "+3 % (2 to 4; Czaika, Hobolth)",
        "**outside**: nobody passes from one status to another in an equilibrium",
    )


def _recruits() -> Row:
    pair = contracts_reform(0.1)
    said = [ratio(pair, field) for field in ("later_pay", "stay", "first_pay", "recruits")]
    right = sum(int(np.sign(each) == sign) for each, sign in zip(said, (1, 1, -1, -1), strict=True))
    return (
        "`portability`: the Emirates' reform of 2011, four signs",
        "`portability`, assumed sizes",
        ", ".join(f"{100 * each:+.0f} %".replace("-", "−") for each in said),
        "none",
        "up, up, down, down (Naidu, Nyarko, Wang)",
        f"{right} of 4 signs",
    )
