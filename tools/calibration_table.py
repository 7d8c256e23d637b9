"""Levers and statuses beside what was seen: prints the page `docs/calibration.md`.

    python tools/calibration_table.py [--write]

Reads the counts at borders in ../shared; every figure of the model is computed now.
"""

from __future__ import annotations

from published import borders, effects, permits
from published.pages import change, finish, options, table
from published.worlds import default

HEAD = """# Against what was seen

Where a lever or a status of the model meets a count or an estimate, and where no figure can tell.
Published figures are as read, unless marked; nothing here is fitted. Regenerate with
`python tools/calibration_table.py --write`.

## Visas

"""
VISAS = """
What the counts tell: a visa requirement takes most arrivals off one route within weeks, and lifting
one doubles them as fast. What they cannot tell: how many stayed at home. They count events, not
persons; people go round (Venezuelans came back within months, on foot); and these are visas of
countries on the way, or claims of asylum. So they bound the lever from above. Its 45 % of all
inflow, from memory, they neither confirm nor refuse. Exits are in none of these series, and the
fact file has Canada's claims in all, without nationality.

## Walls

"""
WALLS = """
What the counts tell: the fence on the Evros emptied the land route within two months, and a part of
the fall came back at sea, more in the second year. What they cannot tell: the persons deterred. One
person may be counted twice or never, and Syria's war had begun to send more. On the south-west
border of the USA counts by nationality begin in 2019, ten years after the fence of 2007-10, and all
counts move fivefold with expulsions and the pandemic: no wall can be read in them. So the share
deterred stays a field: 0.02 to 0.09 for a country, by Allen, Dobbin and Morten, with DETERRED
between them as default; 0.27 for one municipality, by Feigenberg. Diversion in the model is between
countries. Between crossings of one border there is none, since a corridor has one wedge.

## Portability

"""
PORTABILITY = """
The signs are those of Naidu, Nyarko and Wang; their sizes were not within reach. What workers and
sponsors do (stay 0.6, discount 0.9, elasticities 2 and 1) is assumed, so the columns show a pattern
and no estimate.

## Pay by legal status

Log points less than a permanent migrant.

"""
STATUSES = """
Tied and irregular pay lie where they were measured because their priors are those brackets. The raw
gap is a check, since only schooling comes on top of the prior: ours is below the published one, so
people without papers differ in more than two classes of schooling can show.

## Pay of the same schooling in two places

"""
PREMIUM = """
Published premiums are for the same worker, ours for the same class of schooling, and the two do not
agree: ours stand far above the published median towards the United States, near it for Tonga, below
it for the Emirates, where labour's share of output is small. Where ours are higher, people who move
are taken to be as able as natives of their schooling, and gains from moving are too large.

## Every lever

"""


def main() -> None:
    asked = options(__doc__ or "").parse_args()
    parts = (
        HEAD, borders.visas(), VISAS, borders.walls(),
        WALLS.replace("DETERRED", f"{default('wall', 'deterred'):g}"), reform(), PORTABILITY,
        effects.pay_by_status(), STATUSES, effects.place_premium(), PREMIUM,
        effects.every_lever(),
    )  # fmt: skip
    finish("calibration.md", "".join(parts), asked.write)


def reform() -> str:
    """Signs of the Emirates' reform beside the contract in two tiers."""
    signs = (
        ("incumbents' pay", "later_pay", "up"),
        ("incumbents who stay", "stay", "up"),
        ("pay of first contracts", "first_pay", "down"),
        ("recruits", "recruits", "down"),
    )
    kept = (0.054, 0.1, 0.17)
    pairs = [permits.contracts_reform(share) for share in kept]
    body = [
        (words, sign, *(change(permits.ratio(pair, field)) for pair in pairs))
        for words, field, sign in signs
    ]
    head = ("Reform of 2011", "Published", *(f"Ours, mark-down {share:g} freed" for share in kept))
    return table(head, body) + "\n"


if __name__ == "__main__":
    main()
