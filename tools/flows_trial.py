"""A trial of the flow methods where the truth is known: simulated populations of the USA's states.

    python tools/flows_trial.py [--shared ../shared]

People are followed by birthplace b, residence at the start s and residence r, in expected numbers.
A year's moves from r to d are those of the American Community Survey (mean of 2010 to 2019, times
`mobility`), whoever makes them; who does is assumed:

    moves(b, r, d) ~ [1 + (returning - 1) 1(d = b)] (W0_br + onward W1_br),   W1 moved last year

so that `returning` = 3 makes a person three times as likely to choose the state of birth, and
`onward` = 3 three times as likely to move again the year after a move. A hundred and fifty years
make the stocks, with births of 1.3 % a year and deaths that keep every state at its residents; then
five years with deaths of 0.9 % give stocks at both ends, births, deaths, and the transitions that
no method sees. Every method is then asked for them.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from build_states import POPULATION, REPOSITORY
from scipy.optimize import minimize_scalar

from corridors.flows.methods import METHODS, every_method
from corridors.labels import Array

BURN_IN, YEARS = 150, 5
BIRTHS, DEATHS = 0.013, 0.009
ONWARD = (1.0, 3.0)
#: Mobility beside that of the states, and the pulls of the place of birth tried with it.
RETURNING = {1.0: (1.0, 3.0, 10.0), 0.1: (1.0, 10.0, 100.0)}


@dataclass(frozen=True)
class Trial:
    """What a method is shown, and what it should say: transitions (origin, destination)."""

    start: Array
    end: Array
    births: Array
    deaths: Array
    transitions: Array
    returns: float
    moves: float


def simulate(
    moves: Array, residents: Array, *, returning: float, onward: float, years: int = YEARS
) -> Trial:
    """Populations after a hundred and fifty years and `years` more, moving as the module says.

    Parameters
    ----------
    moves : (origin, destination)
        Persons a year; the diagonal is 0.
    residents : (area,)
    """
    size = len(residents)
    people = np.stack([np.diag(residents), np.zeros((size, size))])[:, :, None, :]
    for _ in range(BURN_IN):
        people = _moved(people, moves, returning, onward)
        people *= (1.0 - BIRTHS) * residents / people.sum(axis=(0, 1, 2))
        people[0, :, 0, :] += np.diag(BIRTHS * residents)
    start = people.sum(axis=(0, 2))
    people = _by_start(people[:, :, 0, :])
    children = np.zeros((2, size, 1, size))
    births, deaths = np.zeros(size), np.zeros(size)
    for _ in range(years):
        together = np.concatenate([people, children], axis=2)
        together = _moved(together, moves, returning, onward)
        deaths += DEATHS * together.sum(axis=(0, 1, 2))
        together *= 1.0 - DEATHS
        people, children = together[:, :, :-1], together[:, :, -1:].copy()
        born = BIRTHS * together.sum(axis=(0, 1, 2))
        children[0, :, 0, :] += np.diag(born)
        births += born
    transitions = people.sum(axis=(0, 1))
    np.fill_diagonal(transitions, 0.0)
    end = people.sum(axis=(0, 2)) + children.sum(axis=(0, 2))
    home = np.einsum("bsb->bs", people.sum(axis=0))
    returns = float(home.sum() - np.trace(home))
    return Trial(start, end, births, deaths, transitions, returns, years * float(moves.sum()))


def _by_start(people: Array) -> Array:
    """(moved last year, birthplace, residence) with residence at the start as an axis."""
    return people[:, :, :, None] * np.eye(people.shape[-1])


def _moved(people: Array, moves: Array, returning: float, onward: float) -> Array:
    """A year of moves of people (moved last year, birthplace, start, residence)."""
    drawn = people[0] + onward * people[1]
    by_birth = drawn.sum(axis=1)
    reach = by_birth.sum(axis=0)[:, None] + (returning - 1.0) * by_birth.T
    rate = moves / np.where(reach > 0.0, reach, 1.0)
    back = (returning - 1.0) * rate.T  # (birthplace, residence): the state of birth once more
    arrived = drawn @ rate
    home = np.einsum("bsr,br->bs", drawn, back)
    born = np.arange(len(moves))
    arrived[born, :, born] += home
    left = drawn * (rate.sum(axis=1) + back[:, None, :])
    stayed = people.sum(axis=0) - left
    if stayed.min() < -1e-6 * stayed.max():
        raise SystemExit("more people move than live there: lower `onward` or `returning`")
    return np.stack([stayed, arrived])


def score(trial: Trial, names: list[str]) -> pd.DataFrame:
    """What each method says of the transitions, and the best weight of least movement."""
    tables = [pd.DataFrame(stock, names, names) for stock in (trial.start, trial.end)]
    vital = {name: pd.Series(getattr(trial, name), names) for name in ("births", "deaths")}
    net = trial.end.sum(axis=0) - trial.start.sum(axis=0) - trial.births + trial.deaths
    estimates = every_method(*tables, **vital, movers=float(np.abs(net).sum()))
    flows = {name: estimate.flows.to_numpy() for name, estimate in estimates.items()}
    truth = trial.transitions
    rows = [
        {
            "method": name,
            "total": flow.sum() / truth.sum(),
            "misplaced": misplaced(flow, truth),
            "correlation": np.corrcoef(flow[truth > 0.0], truth[truth > 0.0])[0, 1],
        }
        for name, flow in flows.items()
    ]
    table = pd.DataFrame(rows).set_index("method").loc[list(METHODS)]
    table.attrs["weight"] = best_weight(flows["da_min_closed"], flows["da_ind_closed"], truth)
    return table


def misplaced(flows: Array, truth: Array) -> float:
    """Half the sum of |difference| over the mean total: 0 where all is right, 1 where nothing."""
    return float(np.abs(flows - truth).sum() / (flows.sum() + truth.sum()))


def best_weight(least: Array, independent: Array, truth: Array) -> float:
    """The weight of least movement whose mixture misplaces fewest."""
    mixed = minimize_scalar(
        lambda weight: misplaced(weight * least + (1.0 - weight) * independent, truth),
        bounds=(0.0, 1.0),
        method="bounded",
    )
    return float(mixed.x)


def figures(shared: Path) -> tuple[list[str], Array, Array]:
    """Names of the states, moves of a year (origin, destination) and residents."""
    import tomllib

    people = tomllib.loads(POPULATION.read_text(encoding="utf-8"))["population"]
    file = shared / "data/population/internal_migration_od.parquet"
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT origin, destination, sum(flow) / count(DISTINCT year)::DOUBLE AS moves "
            f"FROM '{file}' WHERE country = 'USA' GROUP BY ALL"
        )
        .df()
    )
    names = sorted(people)
    moves = rows.pivot(index="origin", columns="destination", values="moves")
    moves = moves.reindex(index=names, columns=names).fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(moves, 0.0)
    return names, moves, np.array([people[name] for name in names], dtype=float)


def every_trial(shared: Path) -> list[tuple[dict[str, float], Trial, pd.DataFrame]]:
    """All settings, their populations and what the methods made of them."""
    names, moves, residents = figures(shared)
    done = []
    settings = [
        (returning, onward, mobility)
        for mobility, pulls in RETURNING.items()
        for returning, onward in itertools.product(pulls, ONWARD)
    ]
    for returning, onward, mobility in settings:
        trial = simulate(moves * mobility, residents, returning=returning, onward=onward)
        setting = {"returning": returning, "onward": onward, "mobility": mobility}
        done.append((setting, trial, score(trial, names)))
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    for setting, trial, table in every_trial(parser.parse_args().shared):
        words = ", ".join(f"{name} {value:g}" for name, value in setting.items())
        many = trial.moves / trial.transitions.sum()
        print(f"\n{words}: {trial.transitions.sum():,.0f} transitions, {many:.2f} moves for each;")
        back = trial.returns / trial.transitions.sum()
        weight = table.attrs["weight"]
        print(f"{back:.0%} return home; best weight of least movement {weight:.2f}")
        print(table.round(3).to_string())


if __name__ == "__main__":
    main()
