"""The index of several reports: what each study asks, its first sentence of answer, and the way.

One page in the style of the report, with nothing in it but text and relative links, so that the
folder of all results can be moved, zipped or put on any web server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.data import results
from corridors.show.report import page
from corridors.show.report.page import Stamp

if TYPE_CHECKING:
    from corridors.world import Result

__all__ = ["MARK", "Entry", "entry", "html", "write"]

#: In the head of every index of ours; a page without it is never replaced.
MARK = '<meta name="generator" content="corridors index">'


@dataclass(frozen=True)
class Entry:
    """What the index says of one study; `folder` holds its report, beside the index."""

    title: str
    question: str
    answer: str
    folder: str
    stamp: Stamp


def entry(result: Result, folder: str) -> Entry:
    """The entry of a result that was written to `folder`: the headline of its shown policy."""
    from corridors.show.report import equilibrium

    file = result.manifest["file"]
    answer = next(equilibrium.sentences(result))
    return Entry(file["title"], file["question"], answer, folder, equilibrium.stamp(result))


def write(path: Path, entries: Sequence[Entry]) -> Path:
    """Write the index, whole or not at all.

    Raises
    ------
    SourceError
        The file cannot be written; an older one stays.
    """
    return results.put(path, html(entries))


def html(entries: Sequence[Entry]) -> str:
    """The index as one HTML page; one entry at least."""
    from markupsafe import Markup

    title = f"What if: {len(entries)} studies of the world"
    stamp = replace(entries[0].stamp, digest="")
    return page.render("index.html", title=title, stamp=stamp, entries=entries, mark=Markup(MARK))
