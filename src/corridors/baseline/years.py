"""Which years a world is of: its people, the edition of their stocks, its economy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corridors.errors import InputError, Problem, nearest

__all__ = ["DEFAULT_WORLD", "LATEST", "PEOPLE_YEARS", "WorldYears"]

#: Years of the stock tables from which a world can be built, by edition: schooling begins in 2000.
PEOPLE_YEARS = {
    2020: (2000, 2005, 2010, 2015, 2020),
    2024: (2000, 2005, 2010, 2015, 2020, 2024),
}
LATEST = 2024
#: Edition of a year's stocks where none is asked for: 2020 is the world of the first version.
EDITION_OF = {2020: 2020}
#: The economy where none is asked for: 2020 is a pandemic year, 2024 is not yet reported.
ECONOMY_OF = {2020: 2019, 2024: 2023}
FIRST_ECONOMY, LAST_ECONOMY = 2000, 2024
#: Before, neither legal status nor the cost of remitting is known anywhere.
FIRST_STATUSES = 2010
#: Before, skill shares are those of 2000, or rest on them.
FIRST_SCHOOLING = 2010


@dataclass(frozen=True)
class WorldYears:
    """The years of a world.

    Parameters
    ----------
    people : int
        Mid-year of the stocks.
    edition : int
        2020 or 2024, of the UN's stocks; one edition, never two.
    economy : int
    repeated : bool
        Whether corridors count whose figure is that of another year of the table, unchanged. Where
        not, their people count where they live, as those of unknown origin do.
    """

    people: int = LATEST
    edition: int = 2024
    economy: int = 2023
    repeated: bool = True

    def __post_init__(self) -> None:
        problems = []
        if self.edition not in PEOPLE_YEARS:
            what, fix = f"there is no edition {self.edition}", "Use 2020 or 2024"
            problems.append(Problem("world: edition", what, fix))
        elif self.people not in PEOPLE_YEARS[self.edition]:
            years = ", ".join(map(str, PEOPLE_YEARS[self.edition]))
            what = f"the edition of {self.edition} has no stocks of {self.people}"
            problems.append(Problem("world: people", what, f"Use {years}"))
        if not FIRST_ECONOMY <= self.economy <= LAST_ECONOMY:
            what = f"there are no figures of {self.economy}"
            fix = f"Give a year from {FIRST_ECONOMY} to {LAST_ECONOMY}"
            problems.append(Problem("world: economy", what, fix))
        if problems:
            raise InputError(problems)

    @classmethod
    def of(
        cls,
        people: int = LATEST,
        edition: int | None = None,
        economy: int | None = None,
        repeated: bool | None = None,
    ) -> WorldYears:
        """The world of a year of people; what is left out is as the year has it.

        Raises
        ------
        InputError
            No stocks or economy of that year.
        """
        return cls(
            people,
            EDITION_OF.get(people, LATEST) if edition is None else edition,
            ECONOMY_OF.get(people, people) if economy is None else economy,
            people >= min(ECONOMY_OF) if repeated is None else repeated,
        )

    @classmethod
    def read(cls, given: Any) -> WorldYears:
        """From a year, or a table of `people`, `edition`, `economy` and `repeated`.

        Raises
        ------
        InputError
            Unknown keys, no years, or years without figures.
        """
        if isinstance(given, cls):
            return given
        table = dict(given) if isinstance(given, Mapping) else {"people": given}
        known = {"people": int, "edition": int, "economy": int, "repeated": bool}
        problems = []
        for key, value in table.items():
            if key not in known:
                fix = f"Did you mean {', '.join(nearest(str(key), known))}?"
                problems.append(Problem("world", f"there is no key '{key}'", fix))
            elif type(value) is not known[key]:
                fix = "Give true or false" if known[key] is bool else "Give a year: 2024"
                problems.append(Problem(f"world: {key}", f"{value!r} is not one", fix))
        if problems:
            raise InputError(problems)
        return cls.of(**table)

    @property
    def has_statuses(self) -> bool:
        """Whether legal statuses and the cost of remitting are known at all."""
        return self.people >= FIRST_STATUSES

    @property
    def status_table(self) -> str:
        """The reference table of legal statuses nearest in time."""
        return "status_shares_2024" if self.people >= LATEST else "status_shares"

    def __str__(self) -> str:
        kept = "" if self.repeated else "; figures repeated between years left out"
        return (
            f"people of mid-{self.people} (edition {self.edition}), economy of {self.economy}{kept}"
        )


DEFAULT_WORLD = WorldYears()
