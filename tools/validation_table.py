"""How the model fared against what happened: prints the page `docs/validation.md`.

    python tools/validation_table.py [--draws 60] [--write]

Reads the bounds of the World Population Prospects in ../shared; everything else is in the package.
Nothing here is fitted: a comparison that fails stays, and stands at the top.
"""

from __future__ import annotations

from published.pages import finish, options
from validation import by_equilibrium, by_lever, by_projection
from validation.compared import Section
from validation.findings import findings

HEAD = """# Against what happened

Forecasts of the model beside what came. All figures of a comparison are of one edition (the
United Nations' stocks of 2024); nothing was tuned after looking, and parameters are those every
study uses. Regenerate with `python tools/validation_table.py --write`.

Rules of flight, of returns and of drift were fitted on what was known before 2010 and 2015
(`python tools/projection_rates.py`). One rule was set after a first look at projected Syria
beside the World Population Prospects, before any comparison with what came: that departures by
choice from a country at war are those of the years before its war. One error of the intervals was
mended after a first run of this page: their walks raised the world's total with every year, so that
the interval of 2050 did not hold its own centre. *Skill* is 1 less the absolute
error over that of no change: 1 is right, 0 no better than saying that nothing changes, below 0
worse. Intervals hold what is drawn: parameters and the drift of departures; no new war, no
revision of stocks, no births and deaths.

## What failed

"""
FOUR_YEARS = """
## (a) 2024 from the world of 2020

A projection by rates from mid-2020, arrivals of refugees known to the end of 2020.
"""
ACCESSION = """
## (b) Accession of 2004 and 2007, from the world of 2000

`open_border` from the twelve to the EU 15 at the default legal share, capital mobile, in a world
whose free movement is undone for them. **The size is no test**: `equilibrium.legal_share` was set
by accession (log wedges lowered by 0.10 to 0.17 of their size). Who moved where, and pay, are. An
equilibrium has no date: it stands beside 2010 and 2015.
"""
DECADES = """
## (c) Ten years, given the output and population that came

Wedges of the first year, pay as output per head moved it, people as population did; theta is
drawn. Corridors of 10,000 adults and more that had people in the first year. *Direction* is of
corridors that changed by a twentieth. Gravity is a Poisson regression of the first year's stocks
on population, output per head, distance, border, language and colonial link. The model takes
people home where their birthplace catches up in output; most who had left stayed, and more left.
"""
FLIGHTS = """
## (d) Flight, by projection

Counts of refugees known to the end of the year named, or of the year of the world.
"""
LEVERS = """
## (e) Levers and rates whose default the outcome did not set

"""
PROJECTIONS = """
## Projections without a policy

Persons by rates, beside the United Nations' stocks and the World Population Prospects of 2024
(whose births and deaths the projection has, and whose net migration the last column takes).
"""
FINDINGS = """
## What a referee found on projections and pages, before and now

"""


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("--draws", type=int, default=60)
    asked = parser.parse_args()
    parts = (
        (FOUR_YEARS, by_projection.four_years(asked.draws)),
        (ACCESSION, by_equilibrium.accession(asked.draws)),
        (DECADES, by_equilibrium.decades(asked.draws)),
        (FLIGHTS, by_projection.flights(asked.draws)),
        (LEVERS, by_lever.levers(asked.draws)),
        (PROJECTIONS, by_projection.fifteen(asked.draws)),
    )
    text = HEAD + _failed([section for _, section in parts])
    text += "".join(words + section.text for words, section in parts)
    text += "\n" + by_projection.closing() + "\n" + REASONS + FINDINGS + findings()
    finish("validation.md", text, asked.write)


REASONS = """
Ukraine in 2030 is below the Prospects' band: theirs bring most Ukrainians home within a few
years, by assumption; here refugees return at 0.074 a year, and the tail of the flight goes on.
Where an area leaves the band in 2050, the departures or arrivals of its last years go on for
twenty-six, which `net = "prospects"` undoes.
"""


def _failed(sections: list[Section]) -> str:
    """Every failure, a line each, the largest kinds first."""
    lines = [f"- {sentence}" for section in sections for sentence in section.failed]
    return (
        f"{len(lines)} figures came outside their interval, or forecasts did no better than no "
        "change:\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
