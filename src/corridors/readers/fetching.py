"""Files of publishers from addresses that stay; what is not there has to be fetched by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corridors.errors import InputError, Problem, SourceError
from corridors.readers.declared import Download, Reader
from corridors.readers.registry import every_reader, reader

__all__ = ["by_hand", "fetch"]


def fetch(name: str, folder: Path) -> list[Path]:
    """Fetch the files of a format into a folder.

    Raises
    ------
    InputError
        The format has no address that stays: which page to open, and what to do then.
    SourceError
        The address does not answer: what to download by hand, and where to put it.
    """
    chosen = reader(name)
    if not chosen.downloads:
        others = ", ".join(each.name for each in every_reader().values() if each.downloads)
        what = f"has no address that stays. {by_hand(chosen)}"
        raise InputError(Problem(f"format '{name}'", what, f"Can be fetched: {others}"))
    return [_one_file(chosen, download, folder) for download in chosen.downloads]


def by_hand(chosen: Reader) -> str:
    """What a person does where no program can fetch the file."""
    return (
        f"Open {chosen.address} in a browser, download '{chosen.dataset}' "
        f"(editions {', '.join(chosen.editions)}) and read the file with "
        f"`corridors data read FILE --as {chosen.name} --out table.parquet`"
    )


def _one_file(chosen: Reader, download: Download, folder: Path) -> Path:
    import pooch  # type: ignore[import-untyped]

    folder.mkdir(parents=True, exist_ok=True)
    known = f"sha256:{download.sha256}" if download.sha256 else None
    try:
        saved = pooch.retrieve(
            download.url, known, fname=download.file, path=folder, progressbar=False
        )
    except (OSError, ValueError) as error:
        place = folder / download.file
        lines: Sequence[str] = (
            f"{download.url}: cannot be fetched ({str(error).splitlines()[0][:200]})",
            f"Download it by hand and save it as {place}, or: {by_hand(chosen)}",
        )
        raise SourceError("\n".join(lines)) from error
    return Path(saved)
