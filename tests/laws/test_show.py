"""Laws of the pictures: projection, arrows, chords, colours, and how numbers are written."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors.cards.people import share_in_words
from corridors.errors import InputError
from corridors.show import chords, style
from corridors.show.arrows import LEAST_WIDTH, arrow, bend, between, widths
from corridors.show.equal_earth import CENTRE, clip, forward, inverse, outline
from corridors.show.figure import spread
from corridors.show.numbers import THIN, interval, money, number, percent, persons

longitudes = st.floats(-180, 180)
latitudes = st.floats(-89, 89)
positions = st.tuples(st.floats(0, 700), st.floats(0, 400))
counts = st.floats(1, 1e10)

# --- projection ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [
        (180, 0, 17263256.84, 0),
        (180, 45, 14795421.79, 5486671.72),
        (-180, 90, -10227908.09, 8402320.16),
        (0, 90, 0, 8402320.16),
        (0, 0, 0, 0),
    ],
)
def test_equal_earth_meets_the_values_of_the_proj_test_suite(longitude, latitude, x, y):
    # PROJ, test/gie/builtins.gie, +proj=eqearth +R=6378137, metres.
    projected = np.array(forward(longitude, latitude, centre=None)) * 6378137
    assert projected == pytest.approx([x, y], abs=0.006)


def test_equal_earth_has_the_proportions_of_the_paper():
    # Šavrič, Patterson, Jenny 2019: the pole line is 0.592 of the equator, width to height 2.05.
    (half_width, _), (pole, height) = (forward(180, at, centre=None) for at in (0, 90))
    assert pole / half_width == pytest.approx(0.592, abs=5e-4)
    assert half_width / height == pytest.approx(2.05, abs=5e-3)


@given(longitudes, latitudes)
def test_inverse_undoes_forward(longitude, latitude):
    back = inverse(*forward(longitude, latitude, centre=None))
    assert back == pytest.approx([longitude, latitude], abs=1e-8)


@given(longitudes, latitudes)
def test_a_small_square_keeps_its_area(longitude, latitude):
    step = 1e-4
    corners = [(0, 0), (step, 0), (step, step), (0, step)]
    x, y = np.array([forward(longitude + i, latitude + j, centre=None) for i, j in corners]).T
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    middle = math.radians(latitude + step / 2)
    assert area == pytest.approx(math.radians(step) ** 2 * math.cos(middle), rel=1e-4)


@given(latitudes)
def test_the_centre_is_in_the_middle_and_the_cut_meridian_at_the_edge(latitude):
    assert forward(CENTRE, latitude)[0] == pytest.approx(0)
    edge, _ = forward(180, latitude, centre=None)
    just_inside = CENTRE - 180 + 1e-9
    assert forward(just_inside, latitude)[0] == pytest.approx(-edge, rel=1e-9)


def test_the_outline_holds_the_area_of_the_sphere():
    x, y = outline()
    area = abs(np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])) / 2
    assert area == pytest.approx(4 * math.pi, rel=1e-3)


@given(st.floats(-175, 175), st.floats(-60, 60), st.floats(1, 40), st.floats(0, 6))
def test_a_ring_is_cut_into_pieces_of_the_same_total_area(longitude, latitude, size, first):
    angle = first + np.linspace(0, 2 * np.pi, 25)
    east = longitude + size * np.cos(angle)
    north = latitude + 20 * np.sin(angle)
    wrapped = (east + 180) % 360 - 180  # as an atlas draws a ring over the antimeridian
    pieces = clip(wrapped, north)
    assert all(np.abs(piece[:, 0]).max() <= 180 for piece in pieces)
    assert all(piece[0] == pytest.approx(piece[-1]) for piece in pieces)
    total = sum(_area(piece[:, 0], piece[:, 1]) for piece in pieces)
    assert total == pytest.approx(_area(east, north), rel=1e-9)


def test_a_ring_around_the_pole_is_not_unwound():
    # Antarctica as an atlas draws it: along the coast, then back along the edge of the map.
    east = np.array([-180.0, -90, 0, 90, 180, 180, -180, -180])
    north = np.array([-80.0, -75, -70, -75, -80, -90, -90, -80])
    pieces = clip(east, north)
    total = sum(_area(piece[:, 0], piece[:, 1]) for piece in pieces)
    assert total == pytest.approx(_area(east, north), rel=1e-9)


def _area(x, y):
    return abs(np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])) / 2


# --- arrows ----------------------------------------------------------------------------------


@given(positions, positions, st.floats(1, 12), st.floats(1, 12))
def test_an_arrow_runs_from_one_circle_edge_to_the_other(a, b, start_radius, end_radius):
    radii = {"start_radius": start_radius, "end_radius": end_radius}
    curve = between(a, b, **radii, room=9.0)
    assert math.dist(curve.start, a) == pytest.approx(start_radius, abs=1e-6)
    assert math.dist(curve.end, b) == pytest.approx(end_radius, abs=1e-6)
    vertices, _ = arrow(curve, 3.0)
    tip = vertices[4]  # after the left side of the shaft and the left barb
    assert tip == pytest.approx(curve.end)


@given(positions, positions)
def test_a_flow_bends_right_of_travel_so_both_directions_stay_apart(a, b):
    if math.dist(a, b) < 1:
        return
    there, back = bend(a, b), bend(b, a)
    along, aside = np.subtract(b, a), there.at(0.5) - np.add(a, b) / 2
    assert along[0] * aside[1] - along[1] * aside[0] < 0
    assert math.dist(there.at(0.5), back.at(0.5)) == pytest.approx(0.22 * math.dist(a, b))


@given(st.floats(2, 12), st.floats(60, 400))
def test_a_band_has_its_width_at_both_ends_and_in_the_middle(width, length):
    curve = bend((0, 0), (length, 30))
    vertices, _ = arrow(curve, width, head=False)
    left, right = vertices[:3], vertices[5:2:-1]
    for t in (0.0, 0.25, 0.5, 0.75, 1.0):
        weights = np.array([(1 - t) ** 2, 2 * t * (1 - t), t**2])
        assert math.dist(weights @ left, weights @ right) == pytest.approx(width, rel=0.05)


@given(st.lists(st.floats(-1e8, 1e8).filter(lambda size: abs(size) > 1), min_size=1, max_size=9))
def test_widths_are_proportional_to_persons_above_the_least_width(sizes):
    drawn = widths(sizes, 10.0)
    share = np.abs(sizes) / np.max(np.abs(sizes))
    assert drawn == pytest.approx(np.maximum(10.0 * share, LEAST_WIDTH))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.floats(0.5, 10))
def test_spread_lines_do_not_touch_and_keep_their_order(heights, step):
    moved = spread(heights, step, 100.0)
    gaps = np.diff(np.sort(moved))
    assert (gaps >= step * (1 - 1e-9)).all()
    assert max(moved) <= 100.0 + 1e-9
    pairs = itertools.combinations(range(len(heights)), 2)
    assert all(moved[i] < moved[j] for i, j in pairs if heights[i] < heights[j])


# --- chords ----------------------------------------------------------------------------------

sector = st.sampled_from(["Europe", "Oceania", "Northern America", "elsewhere", chords.OTHER])
flow_lists = st.dictionaries(st.tuples(sector, sector), st.floats(1, 1e8), min_size=1)


@given(flow_lists)
def test_a_chord_holds_every_person_twice_and_leaves_no_gap(flows):
    arcs = chords.layout(
        pd.DataFrame(
            [(o, d, n) for (o, d), n in flows.items()], columns=["origin", "destination", "persons"]
        )
    )
    share = np.pi * arcs.persons / sum(flows.values())
    assert (arcs.out_to - arcs.out_from).to_numpy() == pytest.approx(share.to_numpy(), abs=1e-9)
    assert (arcs.in_to - arcs.in_from).to_numpy() == pytest.approx(share.to_numpy(), abs=1e-9)
    spans = sorted(
        [*zip(arcs.out_from, arcs.out_to, strict=True), *zip(arcs.in_from, arcs.in_to, strict=True)]
    )
    starts, ends = np.array(spans).T
    assert starts[0] == 0
    assert ends[-1] == pytest.approx(2 * np.pi)
    assert starts[1:] == pytest.approx(ends[:-1])


@given(flow_lists)
def test_in_each_sector_what_leaves_comes_first_and_the_largest_first(flows):
    rows = [(o, d, n) for (o, d), n in flows.items()]
    arcs = chords.layout(pd.DataFrame(rows, columns=["origin", "destination", "persons"]))
    for name in {end for pair in flows for end in pair}:
        leaving = arcs[arcs.origin == name].sort_values("out_from")
        arriving = arcs[arcs.destination == name].sort_values("in_from")
        assert leaving.persons.is_monotonic_decreasing
        assert arriving.persons.is_monotonic_decreasing
        if len(leaving) and len(arriving):
            assert leaving.out_to.max() <= arriving.in_from.min() + 1e-9


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), counts), min_size=1, max_size=60))
def test_sectors_never_exceed_twelve_and_lose_nobody(corridors):
    rows = pd.DataFrame(corridors, columns=["birthplace", "residence", "persons"])
    sectors = {area: f"sector {area % 20}" for area in range(25)}  # 25 to 30 have none
    flows = chords.between_sectors(rows, sectors)
    assert flows.persons.sum() == pytest.approx(rows.persons.sum())
    named = set(flows.origin) | set(flows.destination)
    assert len(named) <= chords.MOST_SECTORS
    assert (chords.OTHER in named) or set(rows.birthplace) | set(rows.residence) <= set(sectors)


# --- numbers ---------------------------------------------------------------------------------

NUMBERS = [
    (persons, None, "no data"),
    (persons, math.nan, "no data"),
    (persons, 0, "0"),
    (persons, 0.3, "< 50"),
    (persons, 49.99, "< 50"),
    (persons, 50, "50"),
    (persons, -3, "> −50"),
    (persons, 12345, "12 345"),
    (persons, 999_499.4, "999 499"),
    (persons, 999_600, "999 600"),
    (persons, 999_999.6, "1.00 m"),
    (persons, 1_234_567, "1.23 m"),
    (persons, 12_000_000, "12.0 m"),
    (persons, 280_598_105, "281 m"),
    (persons, 999_600_000, "1.00 bn"),
    (persons, 8_161_972_573, "8.16 bn"),
    (persons, -1_200_000, "−1.20 m"),
    (money, None, "no data"),
    (money, 0, "$0"),
    (money, 0.4, "< $1"),
    (money, 12_345.6, "$12 346"),
    (money, 601e9, "$601 bn"),
    (money, 1.234e12, "$1.23 tn"),
    (money, -5e6, "−$5.00 m"),
    (percent, None, "no data"),
    (percent, 0, "0 %"),
    (percent, 0.1234, "12.3 %"),
    (percent, 0.0002, "< 0.1 %"),
    (percent, -0.0002, "> −0.1 %"),
    (percent, 1, "100.0 %"),
    (percent, 12.5, "1 250.0 %"),
    (number, 0.0451, "0.0451"),
    (number, 12_345, "12 300"),
    (number, 0.9996, "1.00"),
    (number, 1e-7, "1.0e−7"),
]


@pytest.mark.parametrize(("write", "value", "text"), NUMBERS)
def test_numbers_are_written_as_the_guide_says(write, value, text):
    assert write(value).replace(THIN, " ") == text


def test_a_gain_shows_its_sign_and_no_change_does_not():
    assert persons(1_200_000, change=True).replace(THIN, " ") == "+1.20 m"
    assert money(5e9, change=True).replace(THIN, " ") == "+$5.00 bn"
    assert percent(0.123, change=True).replace(THIN, " ") == "+12.3 %"
    assert percent(-0.00412, change=True).replace(THIN, " ") == "−0.41 %"
    assert percent(0.00004, change=True).replace(THIN, " ") == "+0.004 %"
    assert percent(-0.000001, change=True).replace(THIN, " ") == ("no change (under 0.001 %)")
    assert [write(0, change=True)[0] for write in (persons, money, percent)] == ["0", "$", "0"]


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "text"),
    [
        (1.2e6, 1.35e6, "persons", "1.20–1.35 m"),
        (9e5, 1.2e6, "persons", "900 000–1.20 m"),
        (12_300, 45_600, "persons", "12 300–45 600"),
        (10, 5e6, "persons", "< 50 to 5.00 m"),
        (550e9, 601e9, "USD", "$550–601 bn"),
        (550e9, 1.6e12, "USD", "$550 bn–$1.60 tn"),
        (0.02, 0.031, "share", "2.0–3.1 %"),
        (-3e6, 2e6, "persons, change", "−3.00 to +2.00 m"),
        (2e6, 2e6, "persons", "2.00 m"),
        (math.nan, 2e6, "persons", "no data"),
    ],
)
def test_ranges_have_a_dash_and_say_to_where_a_sign_would_hide_it(lower, upper, unit, text):
    assert interval(lower, upper, unit).replace(THIN, " ") == text


@given(st.floats(50, 1e11), st.sampled_from([persons, money]))
def test_a_written_number_reads_back_within_one_per_cent(value, write):
    text = write(value).replace(THIN, "").removeprefix("$")
    factor = {"m": 1e6, "bn": 1e9, "tn": 1e12}
    digits, word = re.fullmatch(r"([\d.]+)(m|bn|tn)?", text).groups()
    assert float(digits) * factor.get(word, 1) == pytest.approx(value, rel=0.01)


def test_zero_few_and_unknown_never_look_alike():
    for write in (persons, money, percent):
        assert len({write(0), write(1e-5), write(None)}) == 3


# --- colours ---------------------------------------------------------------------------------

#: Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def _linear(colour):
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    f = to_xyz @ linear / np.array([0.95047, 1, 1.08883])
    f = np.where(f > 216 / 24389, np.cbrt(f), (24389 / 27 * f + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _ciede2000(first, second):
    (l1, a1, b1), (l2, a2, b2) = first, second
    chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 1.5 - 0.5 * np.sqrt(chroma7 / (chroma7 + 25**7))
    a1, a2 = a1 * g, a2 * g
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    cosine = [np.cos(np.radians(k * hue + p)) for k, p in ((1, -30), (2, 0), (3, 6), (4, -63))]
    t = 1 + np.dot([-0.17, 0.24, 0.32, -0.20], cosine)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend_blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    r = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * bend_blue
    d_l, d_c = (l2 - l1) / s_l, (c2 - c1) / s_c
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / s_h
    return np.sqrt(d_l**2 + d_c**2 + d_h**2 + r * d_c * d_h)


def _nearest_pair(colours):
    return min(
        _ciede2000(*(_lab(np.clip(seen @ _linear(colour), 0, 1)) for colour in pair))
        for seen in VISION.values()
        for pair in itertools.combinations(colours, 2)
    )


def _contrast(first, second):
    darker, lighter = sorted(
        _linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (first, second)
    )
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        # Sharma, Wu, Dalal 2005, table 1: pairs 1, 7, 17 and 25.
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_colour_difference_used_here_meets_published_pairs(first, second, distance):
    assert _ciede2000(first, second) == pytest.approx(distance, abs=5e-5)


@pytest.mark.parametrize(("theme", "roles", "regions"), [("light", 14.2, 12.4), ("dark", 17.9, 13)])
def test_roles_and_regions_stay_apart_with_any_colour_vision(theme, roles, regions):
    colours = style.palette(theme)
    assert _nearest_pair(colours.lines) >= roles
    assert _nearest_pair(colours.regions) >= regions


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_stand_out(theme):
    colours = style.palette(theme)
    for text in (colours.ink, colours.muted, *colours.lines):
        assert _contrast(text, colours.paper) >= 4.5
    for mark in colours.lines:
        assert _contrast(mark, colours.land) >= 3.0


def test_scales_run_evenly_from_light_to_dark():
    lightness = [_lab(_linear(colour))[0] for colour in style.SEQUENTIAL]
    assert (np.diff(lightness) < -8).all()
    lightness = [_lab(_linear(colour))[0] for colour in style.DIVERGING]
    assert (np.diff(lightness[:5]) > 5).all()
    assert (np.diff(lightness[4:]) < -5).all()


def test_each_light_colour_has_one_dark_partner():
    roles = [field for field in style.Palette.__dataclass_fields__ if field != "regions"]
    assert len(style.dark_of()) == len(roles) + len(style.REGIONS)


def test_every_subregion_of_the_reference_areas_has_a_region():
    from corridors.data.store import table

    subregions = set(table("areas").subregion.dropna())
    assert subregions == set(style.SUBREGIONS)
    assert set(style.SUBREGIONS.values()) == set(style.REGIONS)


@given(st.floats(1e-9, 1.0))
def test_a_card_writes_shares_as_the_page_does(share):
    assert share_in_words(share) == percent(share)


def test_sectors_stand_in_the_order_and_with_the_gaps_asked_for() -> None:
    rows = [("a", "b", 3.0), ("b", "c", 2.0), ("c", "a", 5.0)]
    flows = pd.DataFrame(rows, columns=["origin", "destination", "persons"])
    arcs = chords.layout(flows, ["c", "a", "b"], 0.1).set_index("origin")
    assert arcs.out_from["c"] == 0.0 < arcs.out_from["a"] < arcs.out_from["b"]
    spans = (arcs.out_to - arcs.out_from).sum() + (arcs.in_to - arcs.in_from).sum()
    assert spans == pytest.approx(2 * np.pi * 0.9)
    with pytest.raises(InputError, match="Name each of them once"):
        chords.layout(flows, ["c", "a"])


class Drawn(Exception):
    """Instead of a sheet: what would stand below the picture."""


def test_own_labels_are_sectors_and_other_is_never_silent(monkeypatch) -> None:
    def below(*_: object, source: str, **__: object) -> None:
        raise Drawn(source)

    monkeypatch.setattr("corridors.show.figure.sheet", below)
    rows = pd.DataFrame(
        [("p", "q", 5.0), ("q", "r", 3.0)], columns=["birthplace", "residence", "persons"]
    )
    words = {"title": "t", "source": "s", "kind": "modelled"}
    with pytest.raises(Drawn, match=r"^0.% stay within one sector\. s$"):
        chords.chord(rows, **words)
    with pytest.raises(Drawn, match=r"Other: 1 areas without a sector \(r\)\. s$"):
        chords.chord(rows, **words, sectors={"p": "north", "q": "south"})
