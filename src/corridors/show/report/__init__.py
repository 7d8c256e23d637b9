"""Pages: the report of a result of any kind, and the index of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corridors.show.report.page import Report
    from corridors.world import Result

__all__ = ["compose", "pages", "ready", "renew"]


def compose(result: Result) -> Report | None:
    """The report of a result by what it answers; None where no study asked for it.

    Raises
    ------
    SourceError
        A list or the catalogue of the package cannot be read.
    """
    from corridors.show.report import equilibrium, journeys

    if result.manifest.get("answer") == "journeys":
        return journeys.report(result)
    return equilibrium.report(result) if "file" in result.manifest else None


def pages(result: Result) -> dict[str, str]:
    """The report of a result by name of file; nothing where no study asked for it."""
    from corridors.data import results
    from corridors.show.report import page

    composed = compose(result)
    return {} if composed is None else {results.REPORT: page.html(composed)}


def ready() -> None:
    """Load what draws a report, and draw what is in every one: for a process that must wait."""
    from corridors.show import maps, plots  # noqa: F401
    from corridors.show.report import equilibrium, page

    page.ready()
    maps.ready()
    equilibrium.fan("all")


def renew(folder: str | Path) -> None:
    """Write the report of a result on disk anew, whatever has become of it.

    Raises
    ------
    InputError
        The folder holds files of somebody else.
    SourceError
        It holds no result, a changed one, or one that no study and no journey gave.
    """
    from corridors.data import results
    from corridors.errors import SourceError
    from corridors.world import Result

    result = Result(*results.read(folder, pages=False))
    if "file" not in result.manifest and result.manifest.get("answer") != "journeys":
        raise SourceError(f"the result in {folder} has no study, which a report needs")
    try:
        result.save(folder)
    except KeyError as error:
        what = f"the result in {folder} has no {error}, which a report needs"
        raise SourceError(f"{what}. Run the study again") from error
