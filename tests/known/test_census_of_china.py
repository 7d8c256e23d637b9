"""A matrix of China's population census in its published form; the figures are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

import corridors

MATRIX = """7-8 各地区按现住地和五年前常住地分的人口 2010,,,,,
现住地,合计,北京,天津,河北,广东
全国,600,250,100,150,100
北京,250,200,10,30,10
天津,100,20,70,5,5
河北,120,20,10,80,10
广东,130,10,10,35,75
"""


@pytest.mark.parametrize("corner", ["现住地", "Present residence"])
def test_present_residence_stands_down_and_totals_are_left_out(tmp_path: Path, corner: str) -> None:
    file = tmp_path / "china.csv"
    file.write_text(MATRIX.replace("现住地,", f"{corner},"), encoding="utf-8")
    table = corridors.read(file, "census-matrix")
    moves = table.frame.set_index(["origin", "destination"])["value"]
    assert moves["河北", "北京"] == 30.0
    assert moves["北京", "河北"] == 20.0
    assert len(moves) == 12 and moves.sum() == 175.0
