"""The sheet a picture is drawn on: title above, source and kind below; SVG and PNG out.

Sizes are points (1/72 inch). A sheet is a plain `matplotlib.figure.Figure`: no pyplot, no state
that outlives the call. The same figure gives the same bytes on one machine, so a picture can be
compared and cached.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corridors.errors import InputError, Problem
from corridors.labels import KINDS
from corridors.show.style import FONT_STACK, Palette, palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Sheet", "drawable", "png", "sheet", "spread", "svg"]

#: Text sizes in points: 20, 14 and 12 CSS pixels.
TITLE, SUBTITLE, SMALL = 15.0, 10.5, 9.0
MARGIN = 12.0
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True)
class Sheet:
    """A figure with its words in place, and the box they leave free for the drawing (points)."""

    figure: Figure
    colours: Palette
    left: float
    bottom: float
    width: float
    height: float

    def axes(self, left: float = 0, bottom: float = 0, right: float = 0, top: float = 0) -> Axes:
        """Axes in the free box, less the given margins in points."""
        full_width, full_height = (72 * inches for inches in self.figure.get_size_inches())
        box = (
            (self.left + left) / full_width,
            (self.bottom + bottom) / full_height,
            (self.width - left - right) / full_width,
            (self.height - bottom - top) / full_height,
        )
        ax = self.figure.add_axes(box, facecolor="none")
        ax.tick_params(colors=self.colours.muted, labelsize=SMALL, length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        return ax

    def plane(self) -> Axes:
        """Bare axes over the whole sheet whose unit is the point, origin at the lower left."""
        width, height = (72 * inches for inches in self.figure.get_size_inches())
        ax = self.figure.add_axes((0, 0, 1, 1), facecolor="none")
        ax.set(xlim=(0, width), ylim=(0, height))
        ax.axis("off")
        return ax


def sheet(
    width: float,
    height: float,
    *,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    theme: str = "light",
) -> Sheet:
    """A sheet with a free box of `height` points between the words above and below.

    Parameters
    ----------
    width, height : float
        Width of the sheet and height of its free box, points.
    title, subtitle, source : str
        Plain text, wrapped to the width.
    kind : str
        `reported`, `modelled` or `assumed`, and more words after a comma or space if needed.
    theme : str
        `light` or `dark`.

    Raises
    ------
    InputError
        The kind does not say how the figures came about, or there is no such theme.
    """
    colours = palette(theme)
    if not kind.startswith(KINDS):
        fix = f"Begin with one of {', '.join(KINDS)}"
        raise InputError(Problem(f"kind {kind!r}", "does not say how the figures came about", fix))
    above = [(line, TITLE, colours.ink, "bold") for line in _wrap(title, width, TITLE * 1.1)]
    more = _wrap(subtitle, width, SUBTITLE)
    above += [(line, SUBTITLE, colours.muted, "normal") for line in more]
    below = _wrap(f"{kind.capitalize()} figures. {source}", width, SMALL)
    head = sum(1.35 * size for _, size, _, _ in above) + MARGIN + 6
    foot = len(below) * 1.35 * SMALL + MARGIN + 6
    full = head + height + foot
    figure = Figure(figsize=(width / 72, full / 72), facecolor=colours.paper)
    top = full - MARGIN
    for line, size, colour, weight in above:
        figure.text(
            MARGIN / width,
            (top - size) / full,
            line,
            size=size,
            color=colour,
            weight=weight,
            parse_math=False,
        )
        top -= 1.35 * size
    for i, line in enumerate(reversed(below)):
        y = (MARGIN + i * 1.35 * SMALL) / full
        figure.text(MARGIN / width, y, line, size=SMALL, color=colours.muted, parse_math=False)
    return Sheet(figure, colours, MARGIN, foot, width - 2 * MARGIN, height)


def _wrap(text: str, width: float, size: float) -> list[str]:
    """Lines of `text` that fit; 0.56 em is the mean width of a letter of the widest font used."""
    letters = int((width - 2 * MARGIN) / (0.56 * size))
    return [line for part in text.split("\n") if part for line in textwrap.wrap(part, letters)]


def drawable(table: pd.DataFrame, needed: tuple[str, ...], where: str) -> pd.DataFrame:
    """Return a DataFrame (columns) of any units if it has rows and the columns a picture needs.

    Raises
    ------
    InputError
        Columns are missing, with those it has; or it has no rows.
    """
    missing = [name for name in needed if name not in table.columns]
    if missing:
        have = ", ".join(map(str, table.columns))
        problem = f"the table lacks {', '.join(missing)}"
        raise InputError(Problem(where, problem, f"Rename or add columns; it has: {have}"))
    if table.empty:
        raise InputError(Problem(where, "the table has no rows", "Select something to draw"))
    return table


def spread(heights: Sequence[float], step: float, highest: float) -> list[float]:
    """Heights moved as little as can be to lie `step` apart and below `highest`, order kept.

    Least squares under an order, by pooling neighbours that would cross.

    Parameters
    ----------
    heights : (n,) in the unit of the axis
    step, highest : float, in that unit

    Returns
    -------
    list of float, in the order given
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    # Less its place in the order, each height needs only not to fall below the one before:
    # neighbours that would are pooled at their mean (least squares under an order).
    pools: list[list[float]] = []
    for place, i in enumerate(order):
        pools.append([heights[i] - place * step])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    level = [_mean(pool) for pool in pools for _ in pool]
    ceiling = highest - (len(order) - 1) * step
    moved = [min(height, ceiling) + place * step for place, height in enumerate(level)]
    return [height for _, height in sorted(zip(order, moved, strict=True))]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def png(figure: Figure, *, dpi: float = 144) -> bytes:
    """The figure as PNG; `dpi` is in dots per inch of 72 points."""
    sink = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(sink, format="png", dpi=dpi, metadata={"Software": None})
    return sink.getvalue()


def svg(figure: Figure) -> str:
    """The figure as small, self-contained SVG: text stays text, no style attributes, no ids free.

    Colours are presentation attributes, so the picture passes a strict content security policy,
    and a page may repaint the light palette for dark readers (`report`).
    """
    halos = [text for text in _texts(figure) if text.get_path_effects()]
    effects = [text.get_path_effects() for text in halos]
    for text in halos:
        text.set_path_effects([])
        text.set_gid("halo")
    sink = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "corridors"}):
        figure.savefig(sink, format="svg", metadata=nothing)
    for text, effect in zip(halos, effects, strict=True):
        text.set_path_effects(effect)
        text.set_gid(None)
    return _tidy(sink.getvalue(), mpl.colors.to_hex(figure.get_facecolor()))


def _texts(figure: Figure) -> Iterator[Any]:
    from matplotlib.text import Text

    return iter(figure.findobj(Text))


def _tidy(source: str, paper: str) -> str:
    """Rewrite matplotlib's SVG: attributes for styles, short paths, no metadata, own ids."""
    root = ElementTree.fromstring(source)
    for node in root.iter():
        _restyle(node)
        if node.get("id") == "halo":
            for text in node.iter(f"{_SVG}text"):
                text.attrib |= {"stroke": paper, "stroke-width": "3", "paint-order": "stroke"}
        if "d" in node.attrib:
            node.set("d", _short_path(node.attrib["d"]))
    _prune(root)
    root.attrib |= {"stroke-linejoin": "round", "font-family": FONT_STACK}
    _rename(root, hashlib.sha256(source.encode()).hexdigest()[:6])
    ElementTree.register_namespace("", _SVG[1:-1])
    ElementTree.register_namespace("xlink", _LINK[1:].partition("}")[0])
    return ElementTree.tostring(root, encoding="unicode")


def _restyle(node: ElementTree.Element) -> None:
    """Turn `style="fill: red; font: 9px 'X'"` into attributes."""
    for rule in node.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in rule.partition(":"))
        if name == "font":
            # [style] [weight] size 'family', ...; the family comes from the root.
            *before, size = value[: value.index("px") + 2].split()
            node.set("font-size", size)
            if "bold" in before or "700" in before:
                node.set("font-weight", "bold")
        elif name and name != "font-family":
            node.set(name, value)
    for name in ("x", "y"):
        if name in node.attrib:
            node.set(name, f"{float(node.attrib[name]):.2f}".rstrip("0").rstrip("."))
    if node.get("transform", "").startswith("rotate(-0 "):
        del node.attrib["transform"]


def _prune(node: ElementTree.Element) -> None:
    """Drop metadata and the global style sheet; lift the children of bare groups."""
    children: list[ElementTree.Element] = []
    for child in node:
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            continue
        if child.tag == f"{_SVG}g" and child.get("id", "").count("_"):
            child.attrib.pop("id")
        if child.get("id") == "halo":
            child.attrib.pop("id")
        _prune(child)
        child.text = (child.text or "").strip() or None if len(child) else child.text
        child.tail = None
        empty_group = child.tag in (f"{_SVG}g", f"{_SVG}defs") and not len(child)
        if child.tag == f"{_SVG}g" and not child.attrib:
            children.extend(child)
        elif not empty_group:
            children.append(child)
    node[:] = children
    node.text = None if children else node.text


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Ids that are referred to get short names of this picture; the others go."""
    used = dict.fromkeys(re.findall(r"#([\w-]+)", " ".join(_values(root))))
    names = {old: f"p{prefix}{number}" for number, old in enumerate(used)}
    for node in root.iter():
        if node.get("id", "") not in names:
            node.attrib.pop("id", None)
        for key, value in node.attrib.items():
            if key == "id":
                node.set(key, names[value])
            elif "url(#" in value or key == _LINK:
                node.set(key, re.sub(r"#([\w-]+)", lambda m: "#" + names[m[1]], value))


def _values(root: ElementTree.Element) -> Iterator[str]:
    for node in root.iter():
        for key, value in node.attrib.items():
            if "url(#" in value or key == _LINK:
                yield value


def _short_path(path: str) -> str:
    """Relative coordinates in tenths of a point; steps that round to nothing are left out."""
    out: list[str] = []
    here = start = (0, 0)
    last = ""
    for command, body in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        if command == "z":
            out.append("z")
            here, last = start, ""
            continue
        numbers = [round(float(value) * 10) for value in body.split()]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command == "L" and points[-1] == here and out[-1][:1] != "m":
            continue
        steps = [axis - at for point in points for axis, at in zip(point, here, strict=True)]
        letter = command.lower()
        # Points after an `m` are lines without being told.
        implied = letter == last or (letter, last) == ("l", "m")
        out.append(("" if implied else letter) + _join(steps))
        here, last = points[-1], letter
        start = here if command == "M" else start
    return _glue(out)


def _join(steps: list[int]) -> str:
    return _glue([_tenths(step) for step in steps])


@functools.lru_cache(4096)  # most steps of an outline are small, and come again
def _tenths(step: int) -> str:
    return re.sub(r"^(-?)0\.", r"\1.", f"{step / 10:.1f}".removesuffix(".0"))


def _glue(pieces: list[str]) -> str:
    """Join, with a space only where two numbers would run together."""
    out = pieces[:1]
    for before, piece in itertools.pairwise(pieces):
        close = before[-1:].isdigit() and piece[:1] not in "-mlqcz"
        out.append(" " + piece if close else piece)
    return "".join(out)
