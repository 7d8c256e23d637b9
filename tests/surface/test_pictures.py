"""What leaves the house: pictures, tables and the report, as files a stranger opens."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import itertools
import math
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch

from corridors.data.store import REFERENCE, table
from corridors.errors import InputError, SourceError
from corridors.show import (
    Column,
    Grid,
    Picture,
    Report,
    Section,
    Source,
    Stamp,
    balance,
    bars,
    chord,
    curve,
    flow_map,
    numbers,
    png,
    style,
    svg,
    tables,
)
from corridors.show.report import page as report

HOSTILE = "</script><script>alert(1)</script>"
WORDS = {"title": "A title & more", "source": "UN DESA 2020", "kind": "modelled"}


@pytest.fixture(scope="module")
def stock():
    """The stock of 2020 by corridor, persons."""
    rows = table("stocks_2020")
    rows = rows[rows.year == 2020]
    return rows.groupby(["birthplace", "residence"], as_index=False).persons.sum()


@pytest.fixture(scope="module")
def changes():
    pairs = [("MEX", "USA", 10e6), ("USA", "MEX", -5e6), ("PHL", "USA", 2.5e6), ("FRA", "DEU", 1e3)]
    return pd.DataFrame(pairs, columns=["birthplace", "residence", "persons"])


AREAS = pd.DataFrame(
    {
        "name": ["Mexico", HOSTILE, "Nowhere"],
        "persons": [-5e6, 12e6, math.nan],
        "lower": [-7e6, 9e6, math.nan],
        "upper": [-4e6, 15e6, math.nan],
    }
)
SIDES = pd.DataFrame(
    {
        "label": ["People, 2020", "Remittances, 2020"],
        "arriving": [225e3, 34.9e9],
        "leaving": [6.09e6, math.nan],
        "unit": ["persons", "USD"],
    }
)
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]
OPENING = pd.DataFrame(
    {
        "share": SHARES * 2,
        "output": [0, 0.05, 0.2, 0.5, 0.9, 0, 0.03, 0.1, 0.2, 0.4],
        "lower": [0, 0.03, 0.1, 0.3, 0.6, 0, 0.02, 0.05, 0.1, 0.2],
        "upper": [0, 0.08, 0.3, 0.7, 1.4, 0, 0.05, 0.2, 0.3, 0.6],
        "capital": ["mobile"] * 5 + ["fixed"] * 5,
    }
)
LITERATURE = pd.DataFrame({"label": ["Docquier 2015"], "lower": [0.115], "upper": [0.125]})


@functools.cache
def some_land():
    """Outlines of six areas; the whole world is in the report below."""
    land = table("land")
    return land[land.area.isin(["AUS", "FJI", "GBR", "IRL", "MEX", "USA"])]


def draw_map(corridors, **words):
    return flow_map(corridors, land=some_land(), **WORDS, **words)


def draw_bars(theme="light"):
    return bars(
        AREAS, label="name", value="persons", lower="lower", upper="upper", theme=theme, **WORDS
    )


def draw_balance(theme="light"):
    return balance(SIDES, theme=theme, **WORDS)


def draw_curve(theme="light"):
    return curve(
        OPENING,
        x="share",
        y="output",
        lower="lower",
        upper="upper",
        by="capital",
        marks=LITERATURE,
        x_label="Legal share",
        y_label="World output",
        theme=theme,
        **WORDS,
    )


PICTURES = ("flow_map", "change_map", "chord", "bars", "balance", "curve")


@pytest.fixture(scope="module", params=PICTURES)
def drawing(request, stock, changes):
    """A function of the theme that draws one of the pictures."""
    return {
        "flow_map": lambda theme="light": draw_map(stock, tone="in", theme=theme),
        "change_map": lambda theme="light": draw_map(changes, theme=theme),
        "chord": lambda theme="light": chord(stock, theme=theme, **WORDS),
        "bars": draw_bars,
        "balance": draw_balance,
        "curve": draw_curve,
    }[request.param]


class Drawn(NamedTuple):
    figure: Figure
    svg: str
    png: bytes


@pytest.fixture(scope="module")
def drawn(drawing):
    """The picture in light, drawn once and written both ways."""
    figure = drawing()
    return Drawn(figure, svg(figure), png(figure, dpi=72))


# --- every picture ---------------------------------------------------------------------------


def test_the_same_figures_give_the_same_bytes(drawing, drawn):
    again = drawing()
    assert svg(again) == drawn.svg
    assert png(again, dpi=72) == drawn.png
    assert svg(drawn.figure) == drawn.svg  # drawing leaves the figure as it was


def test_svg_is_small_plain_and_says_what_it_is(drawn):
    picture = drawn.svg
    assert len(picture.encode()) <= 200_000
    root = ElementTree.fromstring(picture)
    tags = {node.tag.partition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "g", "path", "text", "tspan", "defs", "clipPath", "rect", "use"}
    assert not any("style" in node.attrib for node in root.iter())
    said = "".join(node.text or "" for node in root.iter() if node.tag.endswith("text"))
    assert "A title & more" in said
    assert "Modelled figures." in said
    assert "UN DESA 2020" in said


def test_ids_of_different_pictures_never_meet(stock):
    pictures = [svg(draw_bars()), svg(draw_curve()), svg(draw_balance())]
    ids = [re.findall(r'\bid="([^"]+)"', picture) for picture in pictures]
    flat = [name for some in ids for name in some]
    assert flat
    assert len(flat) == len(set(flat))
    for picture, own in zip(pictures, ids, strict=True):
        assert set(re.findall(r"#(p[0-9a-f]{6}\d+)", picture)) == set(own)


def test_every_colour_of_a_light_picture_has_a_dark_partner(drawn):
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn.svg)) - {"none"}
    assert colours <= set(style.dark_of())


def test_dark_and_light_differ_in_colours_only(drawing, drawn):
    both = (drawn.svg, svg(drawing("dark")))
    pictures = [re.sub(r"#[0-9a-f]{6}\b", "", picture) for picture in both]
    light, dark = (re.sub(r"p[0-9a-f]{6}(\d+)", r"\1", picture) for picture in pictures)
    assert light == dark


def test_png_shows_something(drawn):
    from matplotlib.image import imread

    pixels = imread(io.BytesIO(drawn.png))[..., :3]
    assert (pixels == 1.0).all(axis=-1).mean() < 0.98
    colours = (pixels * 255).astype(int) @ [1 << 16, 1 << 8, 1]
    assert len(np.unique(colours)) > 20


# --- the flow map ----------------------------------------------------------------------------


def parts(figure):
    """Arrows by corridor in the order they are drawn, and circles by area."""
    artists = [artist for artist in figure.axes[0].get_children() if artist.get_label()]
    arrows = [(artist.get_label(), artist) for artist in artists if isinstance(artist, PathPatch)]
    named = [(name, patch) for name, patch in arrows if "-" in name]
    return named, {artist.get_label(): artist for artist in artists if isinstance(artist, Circle)}


def test_the_largest_corridor_is_drawn_last_and_widths_are_in_proportion(changes):
    arrows, _ = parts(draw_map(changes))
    assert [name for name, _ in arrows] == ["FRA-DEU", "PHL-USA", "PHL-USA", "USA-MEX", "MEX-USA"]
    size = {}
    for name, patch in arrows:
        vertices = patch.get_path().vertices
        size[name] = math.dist(vertices[0], vertices[-2])
    assert size["USA-MEX"] == pytest.approx(size["MEX-USA"] / 2)
    assert size["PHL-USA"] == pytest.approx(size["MEX-USA"] / 4)


def test_arrow_tips_lie_on_the_edge_of_the_circle_they_go_to(stock):
    arrows, circles = parts(draw_map(stock, tone="in"))
    checked = 0
    for name, patch in arrows:
        vertices = patch.get_path().vertices
        if len(vertices) < 10:  # half of a corridor over the map's edge, without a head
            continue
        circle = circles[name.partition("-")[2]]
        assert math.dist(vertices[4], circle.center) == pytest.approx(circle.radius, abs=1e-3)
        checked += 1
    assert checked >= 110


def test_a_corridor_over_the_pacific_leaves_one_edge_and_enters_at_the_other(changes):
    figure = draw_map(changes[changes.birthplace == "PHL"])
    (_, leaving), (_, arriving) = parts(figure)[0]
    width = 72 * figure.get_figwidth()
    assert leaving.get_path().vertices[:, 0].max() > 0.95 * width
    assert arriving.get_path().vertices[:, 0].min() < 0.05 * width
    inside = np.vstack([piece.get_path().vertices for piece in (leaving, arriving)])
    assert inside[:, 0].min() > 0
    assert inside[:, 0].max() < width


def test_fewer_people_are_a_hollow_arrow(changes):
    arrows = dict(parts(draw_map(changes))[0])
    more, fewer = arrows["MEX-USA"], arrows["USA-MEX"]
    paper = style.LIGHT.paper
    assert to_hex(fewer.get_facecolor()) == paper != to_hex(more.get_facecolor())
    assert to_hex(fewer.get_edgecolor()) == style.LIGHT.leaving


def to_hex(colour):
    from matplotlib.colors import to_hex as written

    return written(colour)


def test_the_map_says_how_much_it_does_not_draw(stock):
    picture = svg(draw_map(stock, tone="in", top=50)).replace(numbers.THIN, " ")
    largest = stock.persons.sort_values(ascending=False)
    assert "50 of 11 764 corridors" in picture
    share = stock[stock.birthplace.ne("OTH")].persons.nlargest(50).sum() / largest.sum()
    assert f"{share * 100:.1f} % of the persons" in picture


def test_corridors_given_by_sex_are_one_arrow(changes):
    halves = pd.concat([changes.assign(persons=changes.persons / 2)] * 2)
    assert svg(draw_map(halves)) == svg(draw_map(changes))


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (lambda rows: flow_map(rows.drop(columns="persons"), **WORDS), "lacks persons"),
        (lambda rows: flow_map(rows.iloc[:0], **WORDS), "no rows"),
        (lambda rows: flow_map(rows.assign(persons=math.nan), **WORDS), "no corridor has persons"),
        (lambda rows: flow_map(rows.assign(residence="XYZ"), **WORDS), "no corridor has two"),
        (lambda rows: flow_map(rows, tone="in", **WORDS), "negative"),
        (lambda rows: flow_map(rows, tone="loud", **WORDS), "no such tone"),
        (lambda rows: flow_map(rows, top=0, **WORDS), "no arrow"),
        (lambda rows: flow_map(rows, theme="blue", **WORDS), "no such theme"),
        (lambda rows: flow_map(rows, **(WORDS | {"kind": "true"})), "how the figures came about"),
        (lambda rows: chord(rows, **WORDS), "positive"),
        (lambda rows: balance(SIDES.assign(leaving=-1.0), **WORDS), "negative"),
        (lambda rows: balance(SIDES.assign(unit="apples"), **WORDS), "not a unit"),
        (lambda rows: bars(AREAS, label="name", value="money", **WORDS), "lacks money"),
        (lambda rows: Grid(AREAS, (Column("name", unit="lines"), Column("x"))), "is not there"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_error(changes, mistake, says):
    with pytest.raises(InputError, match=says):
        mistake(changes)


# --- the land --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rings():
    """Area, number of the ring within its part (0 is the outline) and rows of every ring."""
    by_ring = table("land").groupby(["area", "part", "ring"])
    return [(area, number, ring) for (area, _, number), ring in by_ring]


def test_land_is_small_closed_and_shared_by_neighbours(rings):
    assert (REFERENCE / "land.parquet").stat().st_size <= 200_000
    edges: dict[frozenset, set[str]] = {}
    for area, _, ring in rings:
        assert (np.diff(ring.order) == 1).all()
        points = list(zip(ring.longitude, ring.latitude, strict=True))
        assert points[0] == points[-1]
        for pair in itertools.pairwise(points):
            edges.setdefault(frozenset(pair), set()).add(area)
    borders = {frozenset(areas) for areas in edges.values() if len(areas) == 2}
    for pair in ("USA MEX", "IND BGD", "ZAF LSO", "SRB XKX", "SDN SSD", "MAR ESH"):
        assert frozenset(pair.split()) in borders


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "area"),
    [
        ("Simferopol", 34.1, 44.95, "UKR"),
        ("El Aaiun", -13.1, 27.1, "ESH"),
        ("Pristina", 21.2, 42.7, "XKX"),
        ("Juba", 31.5, 4.8, "SSD"),
        ("Maseru", 27.6, -29.4, "LSO"),
    ],
)
def test_disputed_and_enclosed_places_lie_where_the_atlas_has_them(
    rings, place, longitude, latitude, area
):
    from matplotlib.path import Path as Outline

    covering = set()
    for code, number, ring in rings:
        inside = Outline(ring[["longitude", "latitude"]]).contains_point((longitude, latitude))
        if inside and number == 0:
            covering.add(code)
        elif inside:
            covering.discard(code)
    assert covering == {area}


def test_every_area_of_a_million_people_has_an_outline():
    people = table("population")
    large = people[(people.year == 2020) & (people.population > 1e6)].area
    assert set(large) - set(table("land").area) == set()


# --- tables ----------------------------------------------------------------------------------

COLUMNS = (Column("name", "Area"), Column("persons", "Change", "persons, change"))


def test_a_table_on_the_terminal_is_formatted_and_counted():
    out = io.StringIO()
    tables.console(Grid(AREAS, COLUMNS, title="Largest", of=41820), file=out)
    text = out.getvalue().replace(numbers.THIN, " ")
    assert "+12.0 m" in text
    assert "−5.00 m" in text
    assert "no data" in text
    assert "(3 of 41 820 shown)" in text
    assert HOSTILE in text  # rich markup and tags are plain text here


def test_a_terminal_without_unicode_gets_ascii():
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    tables.console(Grid(AREAS, COLUMNS, title="Largest"), file=out)
    out.flush()
    assert "-5.00 m" in raw.getvalue().decode("ascii")


def test_square_brackets_are_not_markup():
    out = io.StringIO()
    tables.console(Grid(pd.DataFrame({"name": ["[red]x[/red]"]}), (Column("name"),)), file=out)
    assert "[red]x[/red]" in out.getvalue()


def test_csv_has_every_digit_no_false_zero_and_no_formula():
    rows = pd.DataFrame({"name": ["=1+1", "@a", "plain"], "persons": [1234567.25, math.nan, 0.0]})
    text = tables.csv(Grid(rows, (Column("name"), Column("persons", unit="persons"))))
    assert text == "name,persons\n'=1+1,1234567.25\n'@a,\nplain,0.0\n"


def test_a_table_on_a_page_is_escaped_and_aligned():
    page = report.table(Grid(AREAS, COLUMNS, title=HOSTILE, note="<b>"))
    assert "<script" not in page
    assert "&lt;b&gt;" in page
    assert '<td class="number" data-v="1.2e+07">+12.0' in page
    assert '<th scope="row">Mexico</th>' in page


# --- the report ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(stock, changes):
    """A report with two maps and one of each other picture, and hostile names everywhere."""
    figures = [
        flow_map(stock.assign(persons=stock.persons), **WORDS),
        chord(stock, **WORDS),
        draw_bars(),
        draw_balance(),
        draw_curve(),
    ]
    pictures = tuple(Picture(svg(figure), HOSTILE, HOSTILE) for figure in figures)
    grid = Grid(AREAS, COLUMNS, title=HOSTILE)
    return Report(
        title=HOSTILE,
        question=HOSTILE,
        answer=(HOSTILE, "World output rises."),
        sections=(Section(HOSTILE, f"One.\n\n{HOSTILE}", pictures, (grid,)),),
        assumptions=(HOSTILE,),
        left_out=("Trade.", HOSTILE),
        sources=(
            Source("UN DESA", "https://example.org/?a=1&b=2"),
            Source(HOSTILE, "javascript:alert(1)"),
        ),
        stamp=Stamp("0.1", HOSTILE, "mid-2020"),
        parameters=grid,
    )


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links, self.policy = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href")]
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"]


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


def test_the_report_is_one_small_file_that_asks_for_nothing(page, tmp_path):
    path = report.write(tmp_path / "report.html", page)
    content = path.read_bytes()
    assert len(content) <= 400_000
    reader = read(content.decode())
    outside = [link for link in reader.links if not link.startswith(("#", "data:"))]
    assert outside == ["https://example.org/?a=1&b=2"]  # a link to follow, nothing to load
    assert not {"iframe", "img", "object", "form"} & set(reader.tags)
    assert list(tmp_path.iterdir()) == [path]


def test_hostile_names_stay_text(page):
    text = report.html(page)
    reader = read(text)
    assert reader.tags.count("script") == 1  # the one that sorts tables
    assert "style" not in reader.attributes
    assert not [name for name in reader.attributes if name.startswith("on")]
    assert text.count("&lt;script&gt;alert(1)") >= 12
    assert text.count("<script") == 1


def test_the_policy_allows_the_style_sheet_by_its_hash_and_nothing_else(page):
    text = report.html(page)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = read(text).policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_style_sheet_repaints_every_colour_for_the_dark(page):
    text = report.html(page)
    dark = text[text.index("prefers-color-scheme:dark") :]
    for day, night in style.dark_of().items():
        assert f'[fill="{day}"]{{fill:{night}}}' in dark
        assert f'[stroke="{day}"]{{stroke:{night}}}' in dark


def test_the_same_report_gives_the_same_bytes(page):
    assert report.html(page) == report.html(page)


def test_a_report_that_cannot_be_written_leaves_nothing(page, tmp_path):
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(SourceError, match="cannot be written"):
        report.write(target, page)
    with pytest.raises(SourceError, match="cannot be written"):
        report.write(tmp_path / "missing" / "report.html", page)
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def browse(chromium, page, tmp_path, *flags):
    """What Chromium complains of while it opens a page, and a screenshot of it."""
    shot = tmp_path / "shot.png"
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'user'}",
        f"--screenshot={shot}",
        "--window-size=1200,1600",
        *flags,
        page.as_uri(),
    ]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stderr
    from matplotlib.image import imread

    return [line for line in said.splitlines() if "CONSOLE" in line], imread(shot)[..., :3]


def test_a_browser_opens_the_report_without_a_complaint_and_in_the_dark(chromium, page, tmp_path):
    path = report.write(tmp_path / "report.html", page)
    complaints, light = browse(chromium, path, tmp_path)
    assert complaints == []
    _, dark = browse(chromium, path, tmp_path, "--blink-settings=preferredColorScheme=0")
    assert light.mean() > 0.85
    assert dark.mean() < 0.25
    # The same policy does stop what it must: a control that the complaint would be seen.
    broken = Path(tmp_path / "broken.html")
    broken.write_text(path.read_text().replace("<h1>", '<h1 style="color:red">', 1))
    complaints, _ = browse(chromium, broken, tmp_path)
    assert any("Content Security Policy" in line for line in complaints)


def test_a_curve_of_years_marks_its_policy_and_has_whole_years():
    years = [2020, 2021, 2022, 2023, 2024, 2025, 2026]
    people = pd.DataFrame(
        {
            "year": years * 2,
            "persons": [1e6 + 1e4 * step for step in range(7)] * 2,
            "policy": ["without a policy"] * 7 + ["removals"] * 7,
        }
    )
    figure = curve(
        people,
        x="year",
        y="persons",
        by="policy",
        outside=2026.0,
        begins={"policy from here": 2023.0},
        x_label="1 July",
        y_label="persons",
        x_unit="year",
        y_unit="persons",
        title="People",
        source="corridors",
        kind="modelled",
    )
    (axes,) = figure.axes
    ticks = [label.get_text() for label in axes.get_xticklabels() if label.get_text()]
    assert len(ticks) > 1 and all(re.fullmatch(r"20\d\d", tick) for tick in ticks)
    marks = [line for line in axes.get_lines() if set(line.get_xdata()) == {2023.0}]
    assert len(marks) == 1  # where the policy begins stands a line, and says so
    assert "policy from here" in svg(figure)
