"""A result in a notebook: the answer in sentences, its picture, and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from corridors.errors import InputError, Problem
from corridors.show.report import compose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridors.world import Result

__all__ = ["figure", "html"]

#: Sentences of the answer that are shown; the report has all.
SENTENCES = 4


def figure(result: Result, theme: str = "light") -> Figure:
    """The picture of an answer, persons on a map or by year, as a matplotlib figure.

    Raises
    ------
    InputError
        The result was made by hand, or holds nothing that is drawn.
    """
    from corridors.show.report import equilibrium, journeys, projection

    answer = result.manifest.get("answer", result.manifest.get("file", {}).get("answer"))
    if answer == "journeys":
        drawn = next(journeys.figures(result), None)
    elif answer == "projection":
        drawn = next(projection.figures(result), None)
    elif "corridors" in result.tables and equilibrium.is_mapped(result):
        drawn = equilibrium.figure(result, theme)
    else:
        drawn = None
    if drawn is None:
        fix = f"It has the tables {', '.join(result.tables)}"
        raise InputError(Problem(f"result of {result.name}", "holds nothing that is drawn", fix))
    return drawn


def html(result: Result) -> Markup:
    """What a notebook shows of a result; every text of it escaped.

    Raises
    ------
    SourceError
        The catalogue of the package cannot be read.
    """
    from corridors.show.figure import svg

    report = compose(result)
    answer = report.answer[:SENTENCES] if report is not None else ()
    sentences = Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence in answer)
    try:
        picture = Markup(svg(figure(result)))  # our own drawing: its texts are escaped
    except InputError:
        picture = Markup("")
    title = report.title if report is not None else result.name
    names = ", ".join(result.tables)
    return Markup("<div><h4>{}</h4><ul>{}</ul>{}<p><small>Tables: {}. {}</small></p></div>").format(
        title, sentences, picture, names, escape(repr(result))
    )
