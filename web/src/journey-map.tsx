// The map of a journey: the same land as the world's, fitted to its places; one day at a time.
import type { GeoProjection } from "d3-geo";
import { useEffect, useRef, useState } from "preact/hooks";
import { place as spotOf, STILL, useSheet } from "./camera";
import { paintLand, sharp, trace } from "./canvas";
import { between, crowd, date, fullness, outside, room, title, type Journey } from "./days";
import { persons } from "./format";
import type { Sheet } from "./figure";
import { bent, fitted, land, type Camera, type Point } from "./geometry";
import { labels, paintLabels, ruler, type Box } from "./labels";
import { dark, palette } from "./state";
import type { Palette } from "./types";

interface Asked {
  journey: Journey;
  day: number;
  whatIf: string;
  stop: number;
  onStop: (place: number) => void;
}

interface Circle {
  place: number;
  /** Where the place is, and where its circle stands so that none hides another. */
  spot: Point;
  at: Point;
  radius: number;
  /** Persons, or more and fewer; null: fewer than 50. */
  value: number | null;
  over: boolean;
}

const LARGEST = 30;
const FEW_RADIUS = 4;

function valueOf({ journey, day, whatIf }: Asked, place: number): number | null | undefined {
  if (whatIf) return journey.changes.get(whatIf)?.[place]?.[day]?.persons;
  const crowd = journey.people[place]![day];
  return crowd && crowd.persons;
}

function circles(asked: Asked, spots: (Point | null)[], width: number): Circle[] {
  const { journey, day, whatIf } = asked;
  const most = whatIf ? journey.mostChanged.get(whatIf)! : journey.most;
  const small = Math.min(1, Math.max(0.55, width / 800));
  const shown: Circle[] = [];
  spots.forEach((spot, place) => {
    const value = valueOf(asked, place);
    if (!spot || value === undefined) return;
    const radius = value === null ? FEW_RADIUS : Math.max(5, LARGEST * small * Math.sqrt(Math.abs(value) / most));
    const over = !whatIf && fullness(journey.people[place]![day], room(journey, place, day)) === "over";
    shown.push({ place, spot, at: { ...spot }, radius, value, over });
  });
  apart(shown);
  return shown.sort((a, b) => b.radius - a.radius);
}

/** Push circles off each other, from left to right where they stand on one spot. */
function apart(shown: Circle[]): void {
  for (let round = 0; round < 60; round++) {
    let moved = false;
    for (let i = 0; i < shown.length; i++) {
      for (let j = i + 1; j < shown.length; j++) {
        const [a, b] = [shown[i]!, shown[j]!];
        let [dx, dy] = [b.at.x - a.at.x, b.at.y - a.at.y];
        const far = Math.hypot(dx, dy);
        const need = a.radius + b.radius + 2;
        if (far >= need) continue;
        if (far < 0.5) [dx, dy] = [Math.cos(2.4 * j), Math.sin(2.4 * j)];
        else [dx, dy] = [dx / far, dy / far];
        const push = (need - far) / 2 + 0.1;
        a.at = { x: a.at.x - dx * push, y: a.at.y - dy * push };
        b.at = { x: b.at.x + dx * push, y: b.at.y + dy * push };
        moved = true;
      }
    }
    if (!moved) return;
  }
}

function hatch(context: CanvasRenderingContext2D, circle: Circle, colours: Palette): void {
  context.save();
  context.beginPath();
  context.arc(circle.at.x, circle.at.y, circle.radius, 0, 2 * Math.PI);
  context.clip();
  context.strokeStyle = colours.paper;
  context.lineWidth = 2;
  context.beginPath();
  for (let shift = -2 * circle.radius; shift <= 2 * circle.radius; shift += 6) {
    context.moveTo(circle.at.x + shift - circle.radius, circle.at.y + circle.radius);
    context.lineTo(circle.at.x + shift + circle.radius, circle.at.y - circle.radius);
  }
  context.stroke();
  context.restore();
}

function paintRoads(context: CanvasRenderingContext2D, asked: Asked, spots: (Point | null)[], colours: Palette): void {
  const { journey, day } = asked;
  context.strokeStyle = colours.other;
  context.lineWidth = 1.2;
  context.beginPath();
  for (const { start, end } of journey.roads) {
    const [from, to] = [spots[start], spots[end]];
    if (!from || !to) continue;
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
  }
  context.stroke();
  context.fillStyle = colours.muted;
  for (const [place, spot] of spots.entries()) {
    if (!spot) continue;
    const camp = /camp/.test(journey.stops[place]!.kind);
    context.beginPath();
    if (camp) context.rect(spot.x - 3.5, spot.y - 3.5, 7, 7);
    else context.arc(spot.x, spot.y, 2.2, 0, 2 * Math.PI);
    context.fill();
  }
  if (asked.whatIf) return;
  for (const { start, end, persons: count } of journey.walks[day]!) {
    const [from, to] = [spots[start], spots[end]];
    if (!from || !to) continue;
    const width = Math.max(1, (9 * count) / journey.mostWalking);
    const flow = { birthplace: "", residence: "", value: count, kind: "modelled" as const };
    trace(context, { flow, from, to, bend: bent(from, to), width, wraps: false }, 4, colours.remittances, colours.paper);
  }
}

function paintCircles(context: CanvasRenderingContext2D, asked: Asked, shown: Circle[], colours: Palette): void {
  for (const circle of shown) {
    const { at, spot, radius, value } = circle;
    if (Math.hypot(at.x - spot.x, at.y - spot.y) > 3) {
      context.strokeStyle = colours.muted;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(spot.x, spot.y);
      context.lineTo(at.x, at.y);
      context.stroke();
    }
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.fillStyle = value === null ? colours.paper : circle.over || value < 0 ? colours.leaving : colours.arriving;
    context.fill();
    if (circle.over) hatch(context, circle, colours);
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.strokeStyle = value === null ? colours.muted : circle.over ? colours.leaving : colours.paper;
    context.lineWidth = 1.5;
    context.stroke();
    if (circle.place !== asked.stop) continue;
    context.beginPath();
    context.arc(at.x, at.y, radius + 3, 0, 2 * Math.PI);
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.stroke();
  }
}

function words(asked: Asked, circle: Circle): string {
  const name = title(asked.journey.stops[circle.place]);
  if (circle.value === null) return `${name} <\u202f50`;
  return `${name} ${persons(circle.value, Boolean(asked.whatIf))}${circle.over ? (room(asked.journey, circle.place, asked.day)?.upper ? ", over" : ", no beds") : ""}`;
}

/** The projection that shows every place with a point; nothing where none has one. */
function around(journey: Journey, width: number, height: number, camera: Camera): GeoProjection | null {
  const points = journey.stops.flatMap((stop): [number, number][] =>
    stop.longitude === null || stop.latitude === null ? [] : [[stop.longitude, stop.latitude]],
  );
  return points.length > 0 ? fitted(width, height, points, camera) : null;
}

function paint(context: CanvasRenderingContext2D, asked: Asked, width: number, height: number, camera: Camera): Circle[] {
  const colours = palette.value;
  const made = around(asked.journey, width, height, camera);
  if (!made) return [];
  const spots = asked.journey.stops.map((stop): Point | null => {
    if (stop.longitude === null || stop.latitude === null) return null;
    const [x, y] = made([stop.longitude, stop.latitude])!;
    return { x, y };
  });
  paintRoads(context, asked, spots, colours);
  const shown = circles(asked, spots, width);
  paintCircles(context, asked, shown, colours);
  const first = shown.toSorted((a, b) => Number(b.place === asked.stop) - Number(a.place === asked.stop));
  const named = first.map((circle) => ({ text: words(asked, circle), at: circle.at, radius: circle.radius + 2 }));
  const taken = new Set(shown.map((circle) => circle.place));
  for (const [place, at] of spots.entries()) {
    if (at && !taken.has(place)) named.push({ text: title(asked.journey.stops[place]), at, radius: 3 });
  }
  const filled = shown.map(({ at, radius: r }): Box => [at.x - r, at.y - r, at.x + r, at.y + r]);
  const placed = labels(named, ruler(context), width, height, width < 500 ? 8 : 18, filled);
  paintLabels(context, placed, colours.ink, colours.paper);
  return shown;
}

function saidOf({ journey, whatIf }: Asked): { what: string; legend: string } {
  const what = whatIf
    ? `${journey.told.what_ifs[whatIf]}: change to the baseline`
    : `People in the evening${journey.baseline ? ", with the what-if" : ""}`;
  const walking = !whatIf && journey.walks.some((walk) => walk.length > 0);
  const legend =
    `${what}, mean of draws; circle area in proportion. ${whatIf ? "Blue: more, orange: fewer people." : "Hatched orange: more people than beds."} ` +
    "A small ring: fewer than 50 people, never given as a number. Squares are shelters." +
    (walking ? " Green arrows: who sets out that day, 50 and more." : "");
  return { what, legend };
}

const WIDE = 1200;
const HIGH = 700;

/** The map of a day as a picture to keep. */
export async function journeySheet(asked: Asked, title: string, source: string): Promise<Sheet> {
  const shapes = await land(true);
  const paint_ = (context: CanvasRenderingContext2D): void => {
    const made = around(asked.journey, WIDE, HIGH, STILL);
    if (!made) return;
    paintLand(context, shapes, made, palette.value);
    paint(context, asked, WIDE, HIGH, STILL);
  };
  return { width: WIDE, height: HIGH, title, legend: saidOf(asked).legend, source, paint: paint_ };
}

export function JourneyMap(asked: Asked) {
  const { box, ground, above, size, moving, shapes } = useSheet(() => true);
  const { camera } = moving;
  const [hover, setHover] = useState<Circle | null>(null);
  const drawn = useRef<Circle[]>([]);
  const night = dark.value;
  const { journey, day, whatIf, stop } = asked;
  useEffect(() => {
    if (!size.width) return;
    const made = around(journey, size.width, size.height, camera);
    if (!made) return;
    paintLand(sharp(ground.current!, size.width, size.height), shapes, made, palette.value);
  }, [size, camera, shapes, night, journey]);
  useEffect(() => {
    if (!size.width) return;
    const context = sharp(above.current!, size.width, size.height);
    drawn.current = paint(context, asked, size.width, size.height, camera);
    above.current!.dataset.circles = JSON.stringify(
      drawn.current.map((circle) => [journey.stops[circle.place]!.name, circle.value, Math.round(circle.at.x), Math.round(circle.at.y)]),
    );
  }, [size, camera, night, journey, day, whatIf, stop]);
  const under = (event: PointerEvent): Circle | null => {
    const at = spotOf(event, box.current!);
    const shown = drawn.current.filter((circle) => Math.hypot(circle.at.x - at.x, circle.at.y - at.y) <= Math.max(10, circle.radius));
    return shown[shown.length - 1] ?? null;
  };
  const { what, legend } = saidOf(asked);
  return (
    <div class="map">
      <div
        class="sheet journey"
        ref={box}
        data-zoomed={camera.k > 1 ? "yes" : "no"}
        onPointerMove={(event) => (moving.dragging() ? moving.move(event) : setHover(under(event)))}
        onPointerLeave={() => setHover(null)}
        onPointerDown={moving.down}
        onPointerUp={(event) => {
          if (moving.up(event)) return;
          const circle = under(event);
          if (circle) asked.onStop(circle.place);
        }}
        onPointerCancel={moving.up}
        onWheel={moving.wheel}
      >
        <canvas ref={ground} aria-hidden="true" />
        <canvas ref={above} class="flows" role="img" aria-label={`Map of ${date(journey.told.days[day]!)}. ${what}. The list has the same places.`}>
          The list of places beside this map has the same figures.
        </canvas>
        {hover && <Tip asked={asked} circle={hover} width={size.width} />}
      </div>
      <div class="row legend">
        <span class="buttons">
          <button type="button" aria-label="Zoom in" onClick={() => moving.zoom(1.6)}>+</button>
          <button type="button" aria-label="Zoom out" onClick={() => moving.zoom(1 / 1.6)}>−</button>
          <button type="button" onClick={() => moving.setCamera(STILL)}>All</button>
        </span>
        <span>{legend}</span>
      </div>
    </div>
  );
}

function Tip({ asked, circle, width }: { asked: Asked; circle: Circle; width: number }) {
  const { journey, day } = asked;
  const crowd_ = journey.people[circle.place]![day];
  const base = journey.baseline?.people[circle.place]![day];
  const place = { left: `${Math.max(4, Math.min(circle.at.x + 14, width - 250))}px`, top: `${circle.at.y + 14}px` };
  return (
    <div class="tip" style={place}>
      <p>
        <b>{title(journey.stops[circle.place])}</b> {crowd(crowd_)} {between(crowd_) && `(${between(crowd_)})`} {outside(crowd_)} <i>modelled</i>
      </p>
      {journey.baseline && <p>baseline: {crowd(base)}</p>}
    </div>
  );
}
