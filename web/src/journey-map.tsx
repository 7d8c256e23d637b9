// The map of a journey: the same land as the world's, fitted to its places; one day at a time.
import type { GeoProjection } from "d3-geo";
import { useEffect, useRef, useState } from "preact/hooks";
import { place as spotOf, STILL, useSheet } from "./camera";
import { paintLand, sharp, trace } from "./canvas";
import { between, crowd, date, fullness, outside, room, title, type Journey } from "./days";
import { persons } from "./format";
import { bent, fitted, type Camera, type Point } from "./geometry";
import { FONT, labels, paintLabels, type Box } from "./labels";
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
  const one = journey.people[place]![day];
  return one && one.persons;
}

function circles(asked: Asked, spots: (Point | null)[], width: number): Circle[] {
  const { journey, day, whatIf } = asked;
  const most = whatIf ? journey.mostChanged.get(whatIf)! : journey.most;
  const small = Math.min(1, Math.max(0.55, width / 800));
  const found: Circle[] = [];
  spots.forEach((spot, place) => {
    const value = valueOf(asked, place);
    if (!spot || value === undefined) return;
    const radius = value === null ? FEW_RADIUS : Math.max(5, LARGEST * small * Math.sqrt(Math.abs(value) / most));
    const over = !whatIf && fullness(journey.people[place]![day], room(journey, place, day)) === "over";
    found.push({ place, spot, at: { ...spot }, radius, value, over });
  });
  apart(found);
  return found.sort((a, b) => b.radius - a.radius);
}

/** Push circles off each other, from left to right where they stand on one spot. */
function apart(found: Circle[]): void {
  for (let round = 0; round < 60; round++) {
    let moved = false;
    for (let i = 0; i < found.length; i++) {
      for (let j = i + 1; j < found.length; j++) {
        const [a, b] = [found[i]!, found[j]!];
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

function hatch(context: CanvasRenderingContext2D, one: Circle, colours: Palette): void {
  context.save();
  context.beginPath();
  context.arc(one.at.x, one.at.y, one.radius, 0, 2 * Math.PI);
  context.clip();
  context.strokeStyle = colours.paper;
  context.lineWidth = 2;
  context.beginPath();
  for (let shift = -2 * one.radius; shift <= 2 * one.radius; shift += 6) {
    context.moveTo(one.at.x + shift - one.radius, one.at.y + one.radius);
    context.lineTo(one.at.x + shift + one.radius, one.at.y - one.radius);
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

function paintCircles(context: CanvasRenderingContext2D, asked: Asked, found: Circle[], colours: Palette): void {
  for (const one of found) {
    const { at, spot, radius, value } = one;
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
    context.fillStyle = value === null ? colours.paper : one.over || value < 0 ? colours.leaving : colours.arriving;
    context.fill();
    if (one.over) hatch(context, one, colours);
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.strokeStyle = value === null ? colours.muted : one.over ? colours.leaving : colours.paper;
    context.lineWidth = 1.5;
    context.stroke();
    if (one.place !== asked.stop) continue;
    context.beginPath();
    context.arc(at.x, at.y, radius + 3, 0, 2 * Math.PI);
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.stroke();
  }
}

function words(asked: Asked, one: Circle): string {
  const name = title(asked.journey.stops[one.place]);
  if (one.value === null) return `${name} <\u202f50`;
  return `${name} ${persons(one.value, Boolean(asked.whatIf))}${one.over ? (room(asked.journey, one.place, asked.day)?.upper ? ", over" : ", no beds") : ""}`;
}

/** The projection that shows every place with a point; nothing where none has one. */
function around(journey: Journey, width: number, height: number, camera: Camera): GeoProjection | null {
  const points = journey.stops.flatMap((one): [number, number][] =>
    one.longitude === null || one.latitude === null ? [] : [[one.longitude, one.latitude]],
  );
  return points.length > 0 ? fitted(width, height, points, camera) : null;
}

function paint(context: CanvasRenderingContext2D, asked: Asked, width: number, height: number, camera: Camera): Circle[] {
  const colours = palette.value;
  const made = around(asked.journey, width, height, camera);
  if (!made) return [];
  const spots = asked.journey.stops.map((one): Point | null => {
    if (one.longitude === null || one.latitude === null) return null;
    const [x, y] = made([one.longitude, one.latitude])!;
    return { x, y };
  });
  paintRoads(context, asked, spots, colours);
  const found = circles(asked, spots, width);
  paintCircles(context, asked, found, colours);
  context.font = FONT;
  const first = found.toSorted((a, b) => Number(b.place === asked.stop) - Number(a.place === asked.stop));
  const named = first.map((one) => ({ text: words(asked, one), at: one.at, radius: one.radius + 2 }));
  const taken = new Set(found.map((one) => one.place));
  for (const [place, at] of spots.entries()) {
    if (at && !taken.has(place)) named.push({ text: title(asked.journey.stops[place]), at, radius: 3 });
  }
  const measure = (text: string): number => context.measureText(text).width;
  const filled = found.map(({ at, radius: r }): Box => [at.x - r, at.y - r, at.x + r, at.y + r]);
  const placed = labels(named, measure, width, height, width < 500 ? 8 : 18, filled);
  paintLabels(context, placed, colours.ink, colours.paper);
  return found;
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
      drawn.current.map((one) => [journey.stops[one.place]!.name, one.value, Math.round(one.at.x), Math.round(one.at.y)]),
    );
  }, [size, camera, night, journey, day, whatIf, stop]);
  const under = (event: PointerEvent): Circle | null => {
    const at = spotOf(event, box.current!);
    const found = drawn.current.filter((one) => Math.hypot(one.at.x - at.x, one.at.y - at.y) <= Math.max(10, one.radius));
    return found[found.length - 1] ?? null;
  };
  const what = whatIf ? `${journey.told.what_ifs[whatIf]}: change to the baseline` : "People in the evening";
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
          const found = under(event);
          if (found) asked.onStop(found.place);
        }}
        onPointerCancel={moving.up}
        onWheel={moving.wheel}
      >
        <canvas ref={ground} aria-hidden="true" />
        <canvas ref={above} class="flows" role="img" aria-label={`Map of ${date(journey.told.days[day]!)}. ${what}. The list has the same places.`}>
          The list of places beside this map has the same figures.
        </canvas>
        {hover && <Tip asked={asked} one={hover} width={size.width} />}
      </div>
      <div class="row legend">
        <span class="buttons">
          <button type="button" aria-label="Zoom in" onClick={() => moving.zoom(1.6)}>+</button>
          <button type="button" aria-label="Zoom out" onClick={() => moving.zoom(1 / 1.6)}>−</button>
          <button type="button" onClick={() => moving.setCamera(STILL)}>All</button>
        </span>
        <span>
          {what}, mean of draws; circle area in proportion. {whatIf ? "Blue: more, orange: fewer people." : "Hatched orange: more people than beds."}{" "}
          A small ring: fewer than 50 people, never given as a number. Squares are shelters.
          {!whatIf && journey.walks.some((one) => one.length > 0) && " Green arrows: who sets out that day, 50 and more."}
        </span>
      </div>
    </div>
  );
}

function Tip({ asked, one, width }: { asked: Asked; one: Circle; width: number }) {
  const { journey, day, whatIf } = asked;
  const crowd_ = journey.people[one.place]![day];
  const change = whatIf ? journey.changes.get(whatIf)?.[one.place]?.[day] : undefined;
  const place = { left: `${Math.max(4, Math.min(one.at.x + 14, width - 250))}px`, top: `${one.at.y + 14}px` };
  return (
    <div class="tip" style={place}>
      <p>
        <b>{title(journey.stops[one.place])}</b> {crowd(crowd_)} {between(crowd_) && `(${between(crowd_)})`} {outside(crowd_)} <i>modelled</i>
      </p>
      {whatIf && (
        <p>
          with the what-if {change ? (change.persons === null ? "fewer than 50 more or fewer" : persons(change.persons, true)) : "the same"}
        </p>
      )}
    </div>
  );
}
