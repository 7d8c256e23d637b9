"""Reading a journey folder of many places: a grid of towns that nobody drew, ours and Flee's.

    python benchmarks/large_journey.py [--places 20705] [--folder DIR]

Prints CPU seconds of reading, and of twice as few places: what is linear takes twice as long.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

#: Days of the period, and places of each row of the grid.
DAYS, WIDE = 30, 100


def write(folder: Path, places: int) -> Path:
    """A journey folder of ours with roads to the right and down, departures and counts."""
    names = [f"Town {number}" for number in range(places)]
    kinds = ["conflict" if number % 50 == 0 else "town" for number in range(places)]
    kinds[-1] = "camp"
    _table(
        folder / "places.csv",
        "place country kind latitude longitude population_persons",
        (
            (name, f"Land {number % 7}", kind, number // WIDE / 10, number % WIDE / 10, 1000)
            for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
        ),
    )
    ends = [(k, k + step) for k in range(places) for step in (1, WIDE) if k + step < places]
    _table(
        folder / "roads.csv",
        "from to kilometres",
        ((names[first], names[second], 10 + first % 7) for first, second in ends),
    )
    leaving = [name for name, kind in zip(names, kinds, strict=True) if kind == "conflict"]
    _table(
        folder / "departures.csv",
        "place day persons",
        ((name, "2020-01-02", 50) for name in leaving),
    )
    _table(
        folder / "counts.csv",
        "place day persons",
        (
            (names[-1 - number], day, 5)
            for number in range(200)
            for day in ("2020-01-01", "2020-01-30")
        ),
    )
    text = f'title = "Many places"\nfirst_day = 2020-01-01\ndays = {DAYS}\n'
    text += "".join(f'{name} = "{name}.csv"\n' for name in "places roads departures counts".split())
    (folder / "journeys.toml").write_text(text)
    return folder


def write_flee(folder: Path, places: int) -> Path:
    """The same places and roads as a folder of Flee's."""
    inputs = folder / "input_csv"
    inputs.mkdir()
    names = [f"Town{number}" for number in range(places)]
    kinds = ["conflict_zone" if number % 50 == 0 else "town" for number in range(places)]
    kinds[-1] = "camp"
    _table(
        inputs / "locations.csv",
        "#name region country latitude longitude location_type conflict_date population",
        (
            (name, "", f"Land{number % 7}", number // WIDE / 10, number % WIDE / 10, kind, 0, 1000)
            for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
        ),
    )
    ends = [(k, k + step) for k in range(places) for step in (1, WIDE) if k + step < places]
    _table(
        inputs / "routes.csv",
        "#name1 name2 distance forced_redirection",
        ((names[first], names[second], 10 + first % 7, 0) for first, second in ends),
    )
    (inputs / "sim_period.csv").write_text(f"StartDate,2020-01-01\nLength,{DAYS}\n")
    return folder


def _table(path: Path, head: str, rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split())
        writer.writerows(rows)


def main() -> None:
    from corridors.readers import journeys_folder

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--places", type=int, default=20_705)
    most = parser.parse_args().places
    for words, make in (("ours", write), ("Flee's", write_flee)):
        for places in (most // 2, most):
            with tempfile.TemporaryDirectory() as folder:
                path = make(Path(folder), places)
                start = time.process_time()
                situation = journeys_folder.read(path).situation
                seconds = time.process_time() - start
            print(
                f"{words:8s} {places:6,} places, {len(situation.roads):6,} roads: "
                f"{seconds:.2f} s CPU",
                flush=True,
            )


if __name__ == "__main__":
    main()
