"""The chord picture: a whole system of flows between regions on one circle.

Four rules of Abel's revision of the circular migration plot: heads show direction; in each sector
what leaves comes before what arrives, each by size; bands touch the ring, so widths compare; and
nothing is cut off: small flows are drawn last, and what has no sector of its own is in `Other`,
so the circle always holds every person.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.errors import InputError, Problem
from corridors.show.numbers import percent, persons
from corridors.show.style import REGIONS, SUBREGIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridors.show.figure import Sheet

__all__ = ["MOST_SECTORS", "OTHER", "between_sectors", "chord", "layout"]

MOST_SECTORS = 12
OTHER = "Other"
WIDTH, HEIGHT = 620.0, 348.0
#: Radii in points: where bands end, and the ring around them.
INNER, OUTER = 142.0, 152.0
HEAD = 9.0
#: Gaps take less of the circle than this; names of sectors that are said.
MOST_GAP, SAID = 0.5, 5


def chord(
    corridors: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    theme: str = "light",
    sectors: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    gap: float = 0.0,
) -> Figure:
    """All corridors on one circle, by region; after Abel's circular plot (Abel & Sander 2014).

    Parameters
    ----------
    corridors : DataFrame (birthplace, residence, persons)
        Persons are not negative; who stayed, and corridors without a figure, are left out.
    sectors : mapping of area to sector, optional
        Default: the eight regions, or, where no area has one, every area its own. Areas without a
        sector, and the smallest sectors beyond `MOST_SECTORS`, make up `Other`; the line below the
        picture says how many of which.
    order : sequence of str, optional
        Sectors clockwise from the top, all of them (`Other` may be left out: it is last).
    gap : float
        Part of the circle that stays empty between sectors, all gaps together; less than 0.5.

    Raises
    ------
    InputError
        A column is missing, nobody moves, persons are negative, a gap or an order does not fit, or
        `kind` is not one of reported, modelled, assumed.
    """
    from corridors.show.figure import drawable, sheet

    rows = drawable(corridors, ("birthplace", "residence", "persons"), "chord")
    rows = rows[rows.persons.notna() & (rows.birthplace != rows.residence)]
    if (rows.persons < 0).any() or not rows.persons.sum() > 0:
        fix = "Draw stocks or flows of people; for changes use flow_map"
        raise InputError(Problem("chord", "numbers of people must be positive", fix))
    if not 0.0 <= gap < MOST_GAP:
        raise InputError(Problem("gap", f"{gap:g} is not a part of the circle", "Give 0 to 0.5"))
    sectors = _sectors(rows) if sectors is None else sectors
    between = between_sectors(rows, sectors)
    arcs = layout(between, order, gap)
    within = arcs.persons[arcs.origin == arcs.destination].sum() / arcs.persons.sum()
    other = _said_of_other(rows, sectors, between)
    source = f"{percent(within)} stay within one sector. {other}{source}"
    paper = sheet(
        WIDTH, HEIGHT, title=title, subtitle=subtitle, source=source, kind=kind, theme=theme
    )
    ax = paper.plane()
    centre = (paper.left + paper.width / 2, paper.bottom + paper.height / 2)
    colours = _colours(arcs, paper)
    for band in arcs.sort_values("persons", ascending=False, kind="stable").itertuples():
        _band(ax, centre, band, colours[band.origin], paper)
    _ring(ax, centre, arcs, colours, paper)
    _names(ax, centre, arcs, paper)
    return paper.figure


def _sectors(rows: pd.DataFrame) -> Mapping[str, str]:
    """The eight regions; every area its own where none of them has one."""
    areas = sorted({*rows.birthplace, *rows.residence})
    regions = _regions()
    return regions if any(area in regions for area in areas) else {area: area for area in areas}


def _said_of_other(rows: pd.DataFrame, sectors: Mapping[str, str], between: pd.DataFrame) -> str:
    """What `Other` holds, in words; empty where there is none."""
    shown = {*between.origin, *between.destination}
    if OTHER not in shown:
        return ""
    areas = sorted({*rows.birthplace, *rows.residence})
    nowhere = [str(area) for area in areas if area not in sectors]
    small = sorted({sectors[area] for area in areas if area in sectors} - shown)
    parts = []
    for names, what in ((nowhere, "areas without a sector"), (small, "of the smallest sectors")):
        if names:
            listed = ", ".join(names[:SAID]) + (" ..." if len(names) > SAID else "")
            parts.append(f"{len(names)} {what} ({listed})")
    return f"{OTHER}: {' and '.join(parts)}. " if parts else ""


def layout(
    flows: pd.DataFrame, order: Sequence[str] | None = None, gap: float = 0.0
) -> pd.DataFrame:
    """Where each flow between sectors begins and ends on the circle.

    Parameters
    ----------
    flows : DataFrame (origin, destination, persons)
        Sectors follow the order of their first appearance as an origin or destination.
    order : sequence of str, optional
        Sectors clockwise from the top, all of them.
    gap : float
        Part of the circle between sectors, all gaps together.

    Returns
    -------
    DataFrame
        The flows with `out_from, out_to, in_from, in_to`: angles in radians, clockwise from the
        top. Every person takes the same angle, once leaving and once arriving.

    Raises
    ------
    InputError
        The order leaves a sector out, or names one that is not there.
    """
    flows = flows[flows.persons > 0].reset_index(drop=True)
    names = list(dict.fromkeys([*flows.origin, *flows.destination]))
    names = _in_order(names) if order is None else _ordered(names, order)
    per_person = 2 * np.pi * (1.0 - gap) / (2 * flows.persons.sum())
    between = 2 * np.pi * gap / max(len(names), 1)
    spans = np.zeros((len(flows), 4))
    at = 0.0
    by_size = flows.sort_values("persons", ascending=False, kind="stable")
    for name in names:
        for end, first in (("origin", 0), ("destination", 2)):
            for i in by_size.index[by_size[end] == name]:
                size = flows.persons[i] * per_person
                spans[i, first : first + 2] = at, at + size
                at += size
        at += between
    angles = zip(("out_from", "out_to", "in_from", "in_to"), spans.T, strict=True)
    return flows.assign(**dict(angles))


def _in_order(names: list[str]) -> list[str]:
    """Regions in their own order, other sectors as they come, `Other` last."""
    known = [name for name in REGIONS if name in names]
    rest = [name for name in names if name not in REGIONS and name != OTHER]
    return known + rest + [OTHER] * (OTHER in names)


def _ordered(names: list[str], order: Sequence[str]) -> list[str]:
    """Sectors in the order that was asked for; refuses one that is missing or not there."""
    asked = [*order, *([OTHER] if OTHER in names and OTHER not in order else [])]
    if sorted(asked) != sorted(names):
        wrong = sorted(set(asked) ^ set(names)) or sorted({n for n in asked if asked.count(n) > 1})
        what = f"is not of the sectors {', '.join(sorted(names))}: look at {', '.join(wrong)}"
        raise InputError(Problem("order", what, "Name each of them once"))
    return asked


def _regions() -> dict[str, str]:
    from corridors.data.store import table

    areas = table("areas")
    return {
        area: SUBREGIONS[subregion]
        for area, subregion in zip(areas.area, areas.subregion, strict=True)
        if subregion in SUBREGIONS
    }


def between_sectors(rows: pd.DataFrame, sectors: Mapping[str, str]) -> pd.DataFrame:
    """Flows between sectors: at most `MOST_SECTORS`, and no person is lost.

    Parameters
    ----------
    rows : DataFrame (birthplace, residence, persons)
    sectors : mapping of area to sector
        Areas without one are in `Other`.

    Returns
    -------
    DataFrame (origin, destination, persons)
        Sectors; those beyond the largest are in `Other`.
    """
    ends = pd.DataFrame(
        {
            "origin": rows.birthplace.map(sectors).fillna(OTHER),
            "destination": rows.residence.map(sectors).fillna(OTHER),
            "persons": rows.persons,
        }
    )
    both = [ends[["origin", "persons"]], ends[["destination", "persons"]]]
    sizes = pd.concat([side.set_axis(["sector", "persons"], axis=1) for side in both])
    largest = sizes.groupby("sector").persons.sum().drop(OTHER, errors="ignore")
    largest = largest.sort_values(ascending=False, kind="stable")
    complete = OTHER not in set(sizes.sector) and len(largest) <= MOST_SECTORS
    kept = set(largest.index[: MOST_SECTORS if complete else MOST_SECTORS - 1])
    for end in ("origin", "destination"):
        ends[end] = ends[end].where(ends[end].isin(kept), OTHER)
    return ends.groupby(["origin", "destination"], as_index=False).persons.sum()


def _colours(arcs: pd.DataFrame, paper: Sheet) -> dict[str, str]:
    """A colour a sector: regions keep theirs; beyond eight they repeat, and names tell."""
    names = _in_order(list(dict.fromkeys([*arcs.origin, *arcs.destination])))
    shades = paper.colours.regions
    place = {name: REGIONS.index(name) if name in REGIONS else i for i, name in enumerate(names)}
    colours = {name: shades[i % len(shades)] for name, i in place.items()}
    return colours | {OTHER: paper.colours.other}


def _at(centre: tuple[float, float], angle: object, radius: float) -> np.ndarray:
    """Points at clockwise angles from the top."""
    angle = np.asarray(angle, float)
    return np.stack([centre[0] + radius * np.sin(angle), centre[1] + radius * np.cos(angle)], -1)


def _arc(centre: tuple[float, float], first: float, last: float, radius: float) -> np.ndarray:
    steps = max(2, int(np.ceil(abs(last - first) / 0.06)) + 1)
    return _at(centre, np.linspace(first, last, steps), radius)


def _band(ax: Axes, centre: tuple[float, float], band: object, colour: str, paper: Sheet) -> None:
    """One flow: an arc it leaves from, two curves through the middle, a head where it arrives."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    leaving = _arc(centre, band.out_from, band.out_to, INNER)  # type: ignore[attr-defined]
    first, last = band.in_from, band.in_to  # type: ignore[attr-defined]
    head = min(HEAD, 0.7 * INNER * (last - first) + 2.0)
    neck = _at(centre, [first, last], INNER - head)
    tip = _at(centre, [(first + last) / 2], INNER)
    middle = np.array([centre])
    points = np.vstack([leaving, middle, neck[:1], tip, neck[1:], middle, leaving[:1]])
    line, curved = Path.LINETO, Path.CURVE3
    codes = [Path.MOVETO, *[line] * (len(leaving) - 1), curved, curved, line, line, curved, curved]
    ax.add_artist(
        PathPatch(
            Path(points, codes),
            clip_on=False,
            facecolor=colour,
            alpha=0.78,
            edgecolor=paper.colours.paper,
            linewidth=0.4,
        )
    )


def _ring(
    ax: Axes,
    centre: tuple[float, float],
    arcs: pd.DataFrame,
    colours: dict[str, str],
    paper: Sheet,
) -> None:
    """The sectors: full colour where people leave, pale where they arrive."""
    from matplotlib.patches import PathPatch, Wedge
    from matplotlib.path import Path

    for end, prefix, alpha in (("origin", "out", 1.0), ("destination", "in", 0.4)):
        for name, part in arcs.groupby(end, sort=False):
            first, last = part[f"{prefix}_from"].min(), part[f"{prefix}_to"].max()
            edges = 90 - np.degrees([last, first])
            ax.add_artist(
                Wedge(
                    centre,
                    OUTER,
                    *edges,
                    width=OUTER - INNER,
                    clip_on=False,
                    facecolor=colours[str(name)],
                    alpha=alpha,
                    linewidth=0,
                )
            )
    first = arcs.set_index("origin").out_from, arcs.set_index("destination").in_from
    for angle in pd.concat(first).groupby(level=0).min():
        edge = np.vstack([_at(centre, angle, INNER), _at(centre, angle, OUTER)])
        ax.add_artist(
            PathPatch(
                Path(edge), fill=False, clip_on=False, edgecolor=paper.colours.paper, linewidth=1.2
            )
        )


def _names(ax: Axes, centre: tuple[float, float], arcs: pd.DataFrame, paper: Sheet) -> None:
    """Each sector's name with what leaves and what arrives, beside its middle."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    from corridors.show.figure import SMALL, spread

    out, into = (arcs.groupby(end).persons.sum() for end in ("origin", "destination"))
    labels = []
    for name in set(out.index) | set(into.index):
        of = arcs[(arcs.origin == name) | (arcs.destination == name)]
        left, came = of[of.origin == name], of[of.destination == name]
        angles = [*left.out_from, *left.out_to, *came.in_from, *came.in_to]
        words = f"{persons(out.get(name, 0))} left, {persons(into.get(name, 0))} came"
        labels.append(((min(angles) + max(angles)) / 2, name, words))
    for side, align in ((1, "left"), (-1, "right")):
        here = sorted(label for label in labels if (np.sin(label[0]) >= 0) == (side > 0))
        ends = [_at(centre, angle, OUTER + 3) for angle, *_ in here]
        wrapped = [[*textwrap.wrap(name, 24), words] for _, name, words in here]
        tall = 1.25 * SMALL * max(map(len, wrapped), default=1) + 4
        top = paper.bottom + paper.height - tall / 2
        heights = spread([float(end[1]) for end in ends], tall, top)
        for lines, end, height in zip(wrapped, ends, heights, strict=True):
            ring = np.sqrt(max(0.0, OUTER**2 - (abs(height - centre[1]) - tall / 2) ** 2))
            x = centre[0] + side * (max(ring, 0.62 * OUTER) + 12)
            _label(ax, (x, height), lines, align, paper)
            hair = Path(np.array([end, (x - side * 3, height)], float))
            ax.add_artist(
                PathPatch(
                    hair, fill=False, clip_on=False, edgecolor=paper.colours.muted, linewidth=0.6
                )
            )


def _label(ax: Axes, at: tuple[float, float], lines: list[str], align: str, paper: Sheet) -> None:
    from corridors.show.figure import SMALL

    step = 1.25 * SMALL
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        ax.text(
            at[0],
            at[1] + (len(lines) / 2 - i - 0.75) * step,
            line,
            ha=align,
            size=SMALL,
            color=paper.colours.muted if last else paper.colours.ink,
            parse_math=False,
            weight="normal" if last else "bold",
        )
