"""Laws of the readers: a file in another dress reads the same or is refused, never wrongly."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from corridors import InputError, SourceError
from corridors.readers import ReadTable, read
from laws import publisher_files

MUTATIONS = 200
FEWEST_READ = 140


def _answer(table: ReadTable, keys: tuple[str, ...]) -> dict[tuple, float]:
    columns = [table.frame[key].tolist() for key in keys]
    values = table.frame["value"].tolist()
    return dict(zip(zip(*columns, strict=True), values, strict=True))


def _same(got: dict[tuple, float], wanted: dict[tuple, float]) -> bool:
    """Every figure is there, nothing else is; a cell without a figure may have no row."""
    known = {key: value for key, value in wanted.items() if not math.isnan(value)}
    read_known = {key: value for key, value in got.items() if not math.isnan(value)}
    return read_known.keys() == known.keys() and all(
        math.isclose(read_known[key], value, rel_tol=1e-9) for key, value in known.items()
    )


@pytest.mark.parametrize("build", publisher_files.LAYOUTS, ids=lambda build: build.__name__)
def test_each_layout_is_recognised_and_read_cell_by_cell(build, tmp_path: Path) -> None:
    layout = build(np.random.default_rng(7))
    table = read(publisher_files.write(layout, tmp_path), whole=False)
    assert table.reader == layout.format
    got = _answer(table, layout.keys)
    assert _same(got, layout.answer)
    assert not table.frame.duplicated(list(table.dims)).any()


@pytest.mark.slow
def test_two_hundred_mutations_are_read_right_or_refused_by_name(tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    wrong = []
    for seed in range(MUTATIONS):
        layout, harmed = publisher_files.mutated(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        file = publisher_files.write(layout, folder)
        try:
            table = read(file, whole=False)
        except (InputError, SourceError) as error:
            assert str(error), layout.format
            tally["refused, harmed" if harmed else "refused"] += 1
            continue
        if _same(_answer(table, layout.keys), layout.answer):
            tally["right"] += 1
        else:
            wrong.append((seed, layout.format))
    print(dict(tally))
    assert wrong == []
    assert tally["right"] >= FEWEST_READ


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-q", "-s"]))
