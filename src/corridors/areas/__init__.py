"""Countries and areas: codes, names, groups, splits and mergers.

A code is ISO 3166-1 alpha-3 or one of the extra codes of the tables (XKX Kosovo, CHI Channel
Islands, ANT, SCG and SUD for areas of the past, OTH and UNK for origins not known, XXA
stateless). `resolve` turns whatever a person writes into one area or says why it cannot;
`resolve_all` reads a whole column, whose labels settle one another; `select` turns codes, names
and groups into codes. None guesses: an ambiguous name is an error.
"""

from corridors.areas.history import Split, parts, splits
from corridors.areas.lists import PUBLISHERS, resolve_all
from corridors.areas.names import SCHEMES, Meaning, meaning, resolve
from corridors.areas.register import Area, every_area, further_areas
from corridors.areas.selection import groups, membership, select, within

__all__ = [
    "PUBLISHERS",
    "SCHEMES",
    "Area",
    "Meaning",
    "Split",
    "every_area",
    "further_areas",
    "groups",
    "meaning",
    "membership",
    "parts",
    "resolve",
    "resolve_all",
    "select",
    "splits",
    "within",
]
