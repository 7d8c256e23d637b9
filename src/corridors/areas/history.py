"""Splits and mergers: what an area of the past covers today."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from corridors.areas.register import listing

__all__ = ["Split", "parts", "splits"]


@dataclass(frozen=True)
class Split:
    """From mid-`year` on, the areas of `before` are counted as those of `after`."""

    year: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    note: str


@functools.cache
def splits() -> tuple[Split, ...]:
    """Splits and mergers since 1986, earliest first.

    Raises
    ------
    SourceError
        The package's list cannot be read.
    """
    entries = listing("splits")["split"]
    return tuple(
        Split(entry["year"], tuple(entry["before"]), tuple(entry["after"]), entry["note"])
        for entry in sorted(entries, key=lambda entry: entry["year"])
    )


def parts(code: str, year: int) -> tuple[str, ...]:
    """Areas of today that `code` covered at mid-`year`: SDN of 2005 is SDN and SSD.

    Raises
    ------
    SourceError
        The package's list of splits and mergers cannot be read.
    """
    covered = {code}
    for split in splits():
        gone = {
            member
            for member in covered.intersection(split.before)
            if year < split.year or member not in split.after
        }
        if gone:
            covered = (covered - gone).union(split.after)
    return tuple(sorted(covered))
