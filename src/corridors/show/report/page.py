"""The report: one HTML file that opens anywhere, offline, and says where each figure is from.

No font, no request. A content security policy allows the one style sheet and the one script, which
sorts tables, by their hashes and nothing else; every text is escaped by the templates beside this
file. Pictures are SVG of the light palette, and the style sheet repaints each of its colours for
readers who prefer dark.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import numbers
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.data import results
from corridors.show.numbers import MINUS
from corridors.show.style import DARK, FONT_STACK, LIGHT, dark_of
from corridors.show.tables import Grid

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = [
    "Picture",
    "Report",
    "Section",
    "Source",
    "Stamp",
    "html",
    "ready",
    "render",
    "table",
    "write",
]

#: Colours that the style sheet names; the others stand in the pictures themselves.
ROLES = ("paper", "ink", "muted", "sea", "rule", "arriving")


@dataclass(frozen=True)
class Picture:
    """An SVG (see `figure.svg`), what it shows for who cannot see it, and a caption."""

    svg: str
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report; a blank line in `text` begins a new paragraph."""

    title: str
    text: str = ""
    figures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()

    @property
    def paragraphs(self) -> list[str]:
        """The text in parts."""
        return [part.strip() for part in self.text.split("\n\n") if part.strip()]


@dataclass(frozen=True)
class Source:
    """Where figures come from; only web addresses become links."""

    text: str
    address: str = ""

    @property
    def is_link(self) -> bool:
        """Whether the address is one of the web."""
        return self.address.startswith(("https://", "http://"))


@dataclass(frozen=True)
class Stamp:
    """Which version of the package, figures of what date, and which result if it is one."""

    version: str
    digest: str
    data_date: str


@dataclass(frozen=True)
class Report:
    """All a report says. `answer` is the headline, a sentence each; the first is the largest."""

    title: str
    question: str
    answer: tuple[str, ...]
    sections: tuple[Section, ...]
    assumptions: tuple[str, ...]
    left_out: tuple[str, ...]
    sources: tuple[Source, ...]
    stamp: Stamp
    parameters: Grid | None = None


def write(path: str | os.PathLike[str], report: Report) -> Path:
    """Write the report, whole or not at all.

    Raises
    ------
    SourceError
        The file cannot be written; an older one stays.
    """
    return results.put(Path(path), html(report))


def html(report: Report) -> str:
    """The report as one HTML page."""
    return render("report.html", title=report.title, stamp=report.stamp, report=report)


def table(grid: Grid) -> str:
    """A table as HTML; the first column, if it is text, heads its row."""
    return _templates().get_template("table.html").render(grid=grid)


def render(template: str, *, title: str, stamp: Stamp, **values: Any) -> str:
    """A page from a template of this folder, in the layout that all share."""
    page = _templates().get_template(template)
    return page.render(title=title, stamp=stamp, **_parts(), **values)


def ready() -> None:
    """Compile the templates of a report."""
    _parts()
    for name in ("report.html", "layout.html", "table.html"):
        _templates().get_template(name)


@functools.cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    templates = Environment(
        loader=PackageLoader("corridors.show.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {
        "named_svg": _named_svg,
        "unbroken": _unbroken,
        "with_values": _with_values,
    }
    return templates


@functools.cache
def _parts() -> dict[str, Markup]:
    """Style sheet, with the palettes of `style`, script, and the policy that allows both."""
    from markupsafe import Markup

    templates = _templates()

    style = templates.get_template("style.css").render(
        font=FONT_STACK, roles=ROLES, light=LIGHT, dark=DARK, repainted=dark_of().items()
    )
    script = templates.get_template("sort.js").render()
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # All are ours, and the browser compares them with their hashes: nothing to escape.
    parts = {"style": style, "script": script, "policy": policy}
    return {name: Markup(text) for name, text in parts.items()}


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _with_values(grid: Grid) -> Iterator[list[tuple[str, str | None]]]:
    """Rows of cells as people read them, each with the number that it is sorted by, if any."""
    for texts, cells in zip(grid.rows(), grid.cells(), strict=True):
        yield [
            (text, f"{cell:.6g}" if isinstance(cell, numbers.Real) else None)
            for text, cell in zip(texts, cells, strict=True)
        ]


def _named_svg(picture: Picture) -> Markup:
    """The SVG with a role and a name; its texts were escaped when it was drawn."""
    from markupsafe import Markup

    opening = Markup('<svg role="img" aria-label="{}" ').format(picture.alt)
    return Markup(picture.svg.replace("<svg ", opening, 1))


def _unbroken(cell: str) -> str:
    """The cell, with a word joiner where browsers would break between a sign and a dollar."""
    return cell.replace(f"{MINUS}$", f"{MINUS}\u2060$").replace("+$", "+\u2060$")
