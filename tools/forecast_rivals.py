"""Other models of flows beside ours, for docs/forecasts.md: dynamic PPML, Welch and Raftery.

    python tools/forecast_rivals.py [--shared ../shared] [--out FILE.csv]

On the flows of task B (Abel and Cohen, `da_pb_closed`), from what is known at each origin:

dynamic PPML: E[flow] = exp(a + b log(1 + own last flow) + c log(1 + reverse last flow) + d log(1 +
stock of the pair)), fitted on all earlier periods with pyfixest (extra `gravity`), without and with
effects of origin and destination.

Welch and Raftery 2022, an approximation and no reproduction: log rates of leaving follow
y_t ~ N((1 - phi) mu_c + phi y_(t-1), sigma_c), phi ~ U(0, 1) shared, sigma_c ~ Beta(6.26, 12.03),
mu_c normal around the mean of all areas, on an exact grid; times mean log shares of destinations
with 0.25 added, or times the last observed shares. They used other flows and a multinomial
likelihood of destinations.

Rows have the columns of `corridors forecast score`; `tools/forecast_page.py` puts them into the
page.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp
from scipy.stats import beta

from corridors.forecast import scores
from corridors.forecast.data import Panel

ROOT = Path(__file__).resolve().parents[1]
TASK = "B flows, other models"
STEP = 5
#: Grid of phi and of sigma_c.
PHI, SIGMA = np.linspace(0.005, 0.995, 199), np.linspace(0.005, 0.995, 199)
DRAWS = 200
#: Persons added to every flow before shares are taken in logarithms.
ADDED = 0.25


def regressors(panel: Panel, time: int) -> pd.DataFrame:
    """What is known of each pair at a time."""
    last, reverse = panel.series.at(time), panel.reverse()
    back = np.where(reverse >= 0, last[np.maximum(reverse, 0)], 0.0)
    stock = np.nan_to_num(panel.beside["stock"].at(time))
    ends = {"origin": panel.origin, "destination": panel.destination}
    known = {"own": last, "back": back, "stock": stock}
    return pd.DataFrame(ends | {name: np.log1p(values) for name, values in known.items()})


def ppml(panel: Panel, time: int, effects: str = "") -> np.ndarray:
    """Dynamic PPML fitted on the periods that ended by `time`; persons of the next one."""
    import pyfixest

    past = panel.until(time)
    starts = [int(t) for t in past.series.times if t + STEP in past.series.times]
    taught = pd.concat(
        [regressors(past, start).assign(flow=past.series.at(start + STEP)) for start in starts],
        ignore_index=True,
    )
    fitted = pyfixest.fepois(f"flow ~ own + back + stock{effects}", taught)
    asked = regressors(past, time)
    slopes = fitted.coef()
    mean = asked[["own", "back", "stock"]].to_numpy() @ slopes[["own", "back", "stock"]].to_numpy()
    if not effects:
        return np.exp(mean + slopes["Intercept"])
    return np.exp(mean + _effects(taught, fitted, asked))


def _effects(taught: pd.DataFrame, fitted: Any, asked: pd.DataFrame) -> np.ndarray:
    """Sum of the effects of origin and destination; of one without any flow, as small as can be."""
    effects = fitted.fixef()
    total = np.zeros(len(asked))
    for end in ("origin", "destination"):
        by_area = {int(float(area)): value for area, value in effects[f"C({end})"].items()}
        known = asked[end].map(by_area)
        total += known.fillna(-np.inf).to_numpy()
    return total


def leaving(panel: Panel, time: int) -> np.ndarray:
    """Draws of who leaves each area in the next period, (areas, draws)."""
    past = panel.until(time)
    out = np.column_stack([past.totals(past.origin, past.series.at(t)) for t in past.series.times])
    people = past.area["population"]
    base = np.column_stack([_people(people, int(t) - STEP) for t in past.series.times])
    rates = np.log((out + ADDED) / base)
    centre, apart = rates.mean(), rates.mean(axis=1).std()
    now, before = rates[:, 1:], rates[:, :-1]
    periods = now.shape[1]
    by_area = np.empty((len(rates), PHI.size, SIGMA.size))
    for place, phi in enumerate(PHI):
        off = now - phi * before
        mean = off.mean(axis=1)[:, None]  # of (1 - phi) mu_c, with the error of its periods
        squared = ((off - mean) ** 2).sum(axis=1)[:, None]
        variance = ((1 - phi) * apart) ** 2 + SIGMA**2 / periods
        by_area[:, place] = (
            beta.logpdf(SIGMA, 6.26, 12.03)
            - (periods - 1) * np.log(SIGMA)
            - squared / (2 * SIGMA**2)
            - np.log(variance) / 2
            - (mean - (1 - phi) * centre) ** 2 / (2 * variance)
        )
    shared = logsumexp(by_area, axis=2).sum(axis=0)
    chance = np.exp(shared - logsumexp(shared))
    dice = np.random.default_rng(1)
    ahead = np.empty((len(rates), DRAWS))
    for draw, place in enumerate(dice.choice(PHI.size, DRAWS, p=chance / chance.sum())):
        phi = PHI[place]
        of_sigma = np.exp(by_area[:, place] - by_area[:, place].max(axis=1, keepdims=True)).cumsum(
            1
        )
        at = (of_sigma < dice.random(len(rates))[:, None] * of_sigma[:, -1:]).sum(axis=1)
        sigma = SIGMA[at.clip(max=SIGMA.size - 1)]
        known, prior = periods / sigma**2, 1 / ((1 - phi) * apart) ** 2
        seen = (now - phi * before).mean(axis=1)
        drift = (known * seen + prior * (1 - phi) * centre) / (known + prior)
        drift += dice.standard_normal(len(rates)) / np.sqrt(known + prior)
        rate = drift + phi * rates[:, -1] + sigma * dice.standard_normal(len(rates))
        ahead[:, draw] = np.exp(np.minimum(rate, 0.0)) * _people(people, time)
    return ahead


def _people(population: Any, time: int) -> np.ndarray:
    """Persons of each area at the last known time up to `time`, or the first one known."""
    times = population.times
    at = max(int(np.searchsorted(times, time, side="right")) - 1, 0)
    return np.maximum(np.nan_to_num(population.values[:, at], nan=1.0), 1.0)


def welch_raftery(panel: Panel, time: int, shares: str) -> np.ndarray:
    """Median over draws of leaving, times shares of destinations."""
    past = panel.until(time)
    flows = past.series.values if shares == "mean" else past.series.at(time)[:, None]
    added = ADDED if shares == "mean" else 0.0
    totals = np.column_stack(
        [past.totals(past.origin, column + added) for column in flows.T]
    )[past.origin]  # fmt: skip
    if shares == "mean":
        level = np.exp(np.log((flows + added) / totals).mean(axis=1))
        level = level / past.totals(past.origin, level)[past.origin]
    else:
        level = flows[:, 0] / np.maximum(totals[:, 0], 1.0)
    return np.median(leaving(panel, time), axis=1)[past.origin] * level


MODELS: dict[str, Callable[[Panel, int], np.ndarray]] = {
    "dynamic PPML: own and reverse lag, stock": ppml,
    "the same, origin and destination effects": lambda panel, time: ppml(
        panel, time, " | origin + destination"
    ),
    "Welch and Raftery's leaving x mean log shares": lambda panel, time: welch_raftery(
        panel, time, "mean"
    ),
    "Welch and Raftery's leaving x last shares": lambda panel, time: welch_raftery(
        panel, time, "last"
    ),
}


def rows(shared: Path) -> Iterator[dict[str, Any]]:
    """Scores of every model and of persistence, by split."""
    panel = scores.flow_panel(shared / "data")
    for time, horizon in scores.FLOW_SPLITS:
        truth, last = panel.series.at(time + horizon), panel.series.at(time)
        made = {"persistence": last} | {name: model(panel, time) for name, model in MODELS.items()}
        for name, said in made.items():
            figures = scores.point_scores(truth, said, last)
            about = {"task": TASK, "split": f"{time} -> {time + horizon}", "part": "all"}
            for figure in ("MAE", "skillMAE", "R2chg", "CPC"):
                yield about | {"forecast": name, "figure": figure, "value": figures[figure]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    scored = pd.DataFrame(rows(asked.shared), columns=list(scores.COLUMNS))
    if asked.out is not None:
        scored.to_csv(asked.out, index=False)
    wide = scored[scored.figure == "skillMAE"].pivot_table(
        index="forecast", columns="split", values="value", sort=False
    )
    print(wide.round(3).to_string())


if __name__ == "__main__":
    main()
