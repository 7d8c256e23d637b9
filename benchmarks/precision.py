"""How far the ends of headline intervals move from one seed to another, beside their width.

    python benchmarks/precision.py [--draws 1000] [--seeds 1,2,3] [STUDY...]

For every study: the root mean square, over cases and measures, of the standard deviation between
seeds of both ends of the printed interval, as a share of the interval's width.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from corridors import ensemble, parameters
from corridors.equilibrium import intervals
from corridors.equilibrium.measures import MEASURES
from corridors.study import draws, files

STUDIES = (
    "open-borders", "end-remittance-fees", "the-wall", "mass-deportation", "people-and-capital",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("studies", nargs="*", default=STUDIES)
    parser.add_argument("--draws", type=int, help="by default the study's own")
    parser.add_argument("--seeds", default="1,2,3")
    given = parser.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    for name in given.studies:
        start = time.perf_counter()
        ends = np.array([bounds(name, given.draws, seed) for seed in seeds])
        width = (ends[:, :, 1] - ends[:, :, 0]).mean(axis=0)
        moves = width > 1e-12 * np.abs(ends).max(axis=(0, 2))
        error = ends.std(axis=0, ddof=1)[moves] / width[moves, None]
        print(
            f"{name:22s} rms {np.sqrt(np.mean(error**2)):.3f} of the width, worst "
            f"{error.max():.3f}, {int(moves.sum())} intervals, "
            f"{(time.perf_counter() - start) / len(seeds):.0f} s a seed",
            flush=True,
        )


def bounds(name: str, number: int | None, seed: int) -> np.ndarray:
    """Lower and upper end of the printed interval, by case and measure (c, 2)."""
    study = files.read(name).with_draws(number, seed)
    number = study.file.draws.number
    sampled = parameters.draw(number, ensemble.streams(seed), study.parameters())
    with ensemble.workers() as pool:
        table = draws.collected(draws.start(study, study.observed(), sampled, pool), number).table
    level = intervals.printed_level(number)
    ends = []
    for _, rows in table.groupby(["policy", "capital"], sort=False):
        for quantity in MEASURES:
            values = intervals.paired(rows, quantity.name, 0.0 if quantity.is_change else 1.0)
            spread = intervals.bounds(values, len(rows))
            ends.append([float(spread[f"{end}_{level}"]) for end in ("lower", "upper")])
    return np.array(ends)


if __name__ == "__main__":
    main()
