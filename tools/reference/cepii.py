"""CEPII GeoDist: a point for each area, distances, borders, languages, colonial links.

GeoDist is of 2011: areas that it lacks have a point put in by hand (`by_hand.toml`) and
distances along the great circle between points; borders and links of these come by hand too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_EARTH_RADIUS_KM = 6371.0

# Every ordered pair of places: great circle, and the areas whose languages and links they take.
_PAIRS = f"""
    pair AS (
        SELECT o.area AS origin, d.area AS destination,
               2 * {_EARTH_RADIUS_KM} * asin(sqrt(least(1, greatest(0,
                   pow(sin(radians(d.latitude - o.latitude) / 2), 2)
                   + cos(radians(o.latitude)) * cos(radians(d.latitude))
                   * pow(sin(radians(d.longitude - o.longitude) / 2), 2))))) AS great_circle
        FROM place o JOIN place d ON o.area <> d.area
        -- A whole and its part: no distance between them.
        WHERE NOT ('CHI' IN (o.area, d.area)
                   AND (o.area IN ('GGY', 'JEY') OR d.area IN ('GGY', 'JEY')))),
    named AS (
        SELECT pair.*, coalesce(p.parent, origin) AS origin_link,
               coalesce(q.parent, destination) AS destination_link,
               coalesce(p.colonial = 'true', true) AND coalesce(q.colonial = 'true', true)
                   AS colonial
        FROM pair LEFT JOIN like_parent p ON p.area = origin
                  LEFT JOIN like_parent q ON q.area = destination)"""


def by_hand() -> dict[str, Any]:
    """Points, names of cities, borders and links that no table gives."""
    return tomllib.loads((Path(__file__).parent / "by_hand.toml").read_text(encoding="utf-8"))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def values(rows: Sequence[tuple[object, ...]]) -> str:
    """Rows as a VALUES list; numbers bare, text quoted."""
    cells = (
        ", ".join(_text(cell) if isinstance(cell, str) else str(cell) for cell in row)
        for row in rows
    )
    return "VALUES " + ", ".join(f"({cell})" for cell in cells)


def points(shared: Path) -> str:
    """One point per area: code, latitude, longitude, city, kind."""
    hand = by_hand()
    capital_instead = ", ".join(_text(code) for code in hand["largest_city_is_the_capital"])
    cities = values(list(hand["city_names"].items()))
    assumed = values([(code, *row) for code, row in hand["points"].items()])
    return f"""
    WITH hand(area, latitude, longitude, city) AS ({assumed}),
    spelled(printed, usual) AS ({cities}),
    geo AS (
        -- Where GeoDist has two cities, the one that is not the capital is the larger.
        SELECT iso3 AS area, lat AS latitude, lon AS longitude,
               coalesce(usual, city_en) AS city
        FROM '{shared}/economy/tidy/cepii_geo.parquet'
        LEFT JOIN spelled ON city_en = printed
        QUALIFY row_number() OVER (
            PARTITION BY iso3 ORDER BY (cap = 1) <> (iso3 IN ({capital_instead}))) = 1)
    SELECT area, latitude, longitude, city, 'assumed' AS point_kind FROM hand
    UNION ALL
    SELECT area, latitude, longitude, city, 'reported' FROM geo
    WHERE area NOT IN (SELECT area FROM hand)"""


def distance(shared: Path, areas: str) -> str:
    """Every ordered pair of present-day areas: kilometres and links.

    Parameters
    ----------
    areas : str
        Query of the areas to pair: area, latitude, longitude.
    """
    hand = by_hand()
    parents = [(code, parent, "true") for code, parent in hand["links_as"].items()]
    parents += [(code, parent, "false") for code, parent in hand["language_as"].items()]
    listed = values(_both_ways(hand["neighbours"]))
    ended = values(_both_ways(hand["no_longer_neighbours"]))
    dyads = f"'{shared}/economy/tidy/cepii_dist.parquet'"
    return f"""
    WITH place AS ({areas}),
    like_parent(area, parent, colonial) AS ({values(parents)}),
    listed(origin, destination) AS ({listed}),
    ended(origin, destination) AS ({ended}),
    {_PAIRS}
    SELECT n.origin, n.destination,
           round(coalesce(
               CASE WHEN isnan(own.distw) THEN NULL ELSE own.distw END, own.dist, n.great_circle),
               1)::FLOAT AS kilometres,
           CASE WHEN (n.origin, n.destination) IN (SELECT (origin, destination) FROM listed)
                    THEN true
                WHEN (n.origin, n.destination) IN (SELECT (origin, destination) FROM ended)
                    THEN false
                ELSE coalesce(own.contig = 1, false) END AS contiguous,
           n.origin_link = n.destination_link OR coalesce(link.comlang_off = 1, false)
               AS common_language,
           n.colonial AND coalesce(link.colony = 1, false) AS colonial_link,
           CASE WHEN own.dist IS NULL THEN 'modelled' ELSE 'reported' END AS kind
    FROM named n
    LEFT JOIN {dyads} own ON own.origin_iso3 = n.origin AND own.destination_iso3 = n.destination
    LEFT JOIN {dyads} link
      ON link.origin_iso3 = origin_link AND link.destination_iso3 = destination_link
    ORDER BY 1, 2"""


def _both_ways(neighbours: dict[str, list[str]]) -> list[tuple[object, ...]]:
    one_way = {(here, there) for here, others in neighbours.items() for there in others}
    return sorted(one_way | {(there, here) for here, there in one_way})
