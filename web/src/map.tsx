// The flow map: two canvases (land, flows) and what follows the pointer. The list beside it is the
// same for keyboard and screen reader.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { place, read, STILL, useSheet, type Kept } from "./camera";
import { paintLand, sharp, trace } from "./canvas";
import {
  at,
  curve,
  geoPath,
  head,
  land,
  nearest,
  otherHalf,
  projection,
  type Camera,
  type Curve,
  type Point,
} from "./geometry";
import { escaped, frame, framing, sheetPng } from "./figure";
import { labels, paintLabels, ruler, type Label } from "./labels";
import { area, dark, meta, name, palette, state } from "./state";
import { rowsOf } from "./api";
import { useAnswer } from "./load";
import type { Flow } from "./rows";
import type { Area, Palette, World } from "./types";

export interface Node {
  code: string;
  size: number;
  /** Share of what arrives in all that arrives or leaves; colours the circle. */
  arriving: number;
}

interface Asked {
  flows: Flow[];
  nodes: Node[];
  /** `change`, `paid`: more or fewer people, more or less money; `stock`: people by place; `money`: sent home. */
  tone: "stock" | "change" | "money" | "paid";
  focus: string;
  /** Table and year that are drawn: what goes the other way is asked for where it is not drawn. */
  of?: { table: string; year: number };
  /** Members of a focus that is a group or a list. */
  within?: string[];
  /** The largest values that width and area stand for, where two maps share them. */
  scale?: { flow: number; node: number };
  /** Where the zoom is kept. */
  kept?: Kept;
  chosen: string;
  title: string;
  legend: string;
  write: (value: number) => string;
  onPlace: (code: string) => void;
  onFlow: (flow: Flow) => void;
  onHover: (flow: Flow | null) => void;
}

export const key = (flow: Flow): string => `${flow.birthplace}-${flow.residence}`;

const WIDEST = 11;

interface Scene {
  width: number;
  height: number;
  centre: number;
  curves: Curve[];
  radius: Map<string, number>;
  points: Map<string, Point>;
}

function colour(flow: Flow, asked: Asked, colours: Palette): string {
  if (asked.tone === "money") return colours.remittances;
  if (asked.tone === "change" || asked.tone === "paid") return flow.value > 0 ? colours.arriving : colours.leaving;
  if (asked.within) return asked.within.includes(flow.residence) ? colours.arriving : colours.leaving;
  return colours.arriving;
}

const pays = (asked: Asked): boolean => asked.tone === "money" || asked.tone === "paid";

/** Travel is from birthplace to residence; money travels back. */
function ends(flow: Flow, asked: Asked): [Area | undefined, Area | undefined] {
  const pair: [Area | undefined, Area | undefined] = [area(flow.birthplace), area(flow.residence)];
  return pays(asked) ? [pair[1], pair[0]] : pair;
}

function scene(asked: Asked, width: number, height: number, camera: Camera): Scene {
  const centre = state.value.pacific ? 150 : 11;
  const made = projection(width, height, centre, camera);
  const small = Math.min(1, Math.max(0.45, width / 900));
  const most = asked.scale?.flow ?? Math.max(1e-9, ...asked.flows.map((one) => Math.abs(one.value)));
  const largest = asked.scale?.node ?? Math.max(1e-9, ...asked.nodes.map((one) => one.size));
  const points = new Map<string, Point>();
  const radius = new Map<string, number>();
  for (const one of meta.value.areas) {
    const found = at(made, one);
    if (found) points.set(one.code, found);
  }
  for (const one of asked.nodes) {
    radius.set(one.code, Math.max(1.8, 13 * small * Math.sqrt(one.size / largest)));
  }
  const curves = asked.flows
    .map((flow) => {
      const wide = Math.max(1, (WIDEST * small * Math.abs(flow.value)) / most);
      return curve(made, centre, flow, ends(flow, asked), wide);
    })
    .filter((one): one is Curve => one !== null)
    .reverse(); // small ones first, so that large ones lie on top
  return { width, height, centre, curves, radius, points };
}

function paintFlows(context: CanvasRenderingContext2D, asked: Asked, made: Scene, camera: Camera): void {
  const colours = palette.value;
  const outline = projection(made.width, made.height, made.centre, camera);
  context.lineCap = "butt";
  for (const one of made.curves) {
    const chosen = key(one.flow) === asked.chosen;
    const stroke = chosen ? colours.ink : colour(one.flow, asked, colours);
    const pair = ends(one.flow, asked) as [Area, Area];
    const radius = made.radius.get(pair[1].code) ?? 2;
    context.globalAlpha = chosen || asked.chosen === "" ? 0.85 : 0.35;
    if (!one.wraps) {
      trace(context, one, radius, stroke, colours.paper);
      continue;
    }
    context.save();
    context.beginPath();
    geoPath(outline, context)({ type: "Sphere" });
    context.clip();
    trace(context, one, radius, stroke, colours.paper);
    trace(context, otherHalf(outline, one, pair), radius, stroke, colours.paper);
    context.restore();
  }
  context.globalAlpha = 1;
  paintNodes(context, asked, made);
  paintLabels(context, names(context, asked, made, camera), colours.ink, colours.paper);
}

function filled(one: Node, asked: Asked, colours: Palette): string {
  if (asked.tone === "money") return one.arriving >= 0.5 ? colours.remittances : colours.other;
  return one.arriving >= 0.5 ? colours.arriving : colours.leaving;
}

function paintNodes(context: CanvasRenderingContext2D, asked: Asked, made: Scene): void {
  const colours = palette.value;
  const drawn = asked.nodes.toSorted((a, b) => b.size - a.size);
  for (const one of drawn) {
    const point = made.points.get(one.code);
    if (!point) continue;
    const radius = made.radius.get(one.code)!;
    context.fillStyle = filled(one, asked, colours);
    context.strokeStyle = colours.paper;
    context.lineWidth = 1;
    context.beginPath();
    context.arc(point.x, point.y, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    if (one.code !== asked.focus) continue;
    context.lineWidth = 4;
    context.strokeStyle = colours.paper;
    context.beginPath();
    context.arc(point.x, point.y, radius + 3, 0, 2 * Math.PI);
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = colours.ink;
    context.stroke();
  }
}

/** Names beside the largest circles, in the order of size, where there is room. */
function names(context: CanvasRenderingContext2D, asked: Asked, made: Scene, camera: Camera): Label[] {
  const many = Math.round((made.width < 500 ? 8 : 22) * Math.sqrt(camera.k) + (asked.focus ? 6 : 0));
  const order = asked.nodes.toSorted(
    (a, b) => Number(b.code === asked.focus) - Number(a.code === asked.focus) || b.size - a.size,
  );
  const named = order.slice(0, 6 * many).flatMap((one) => {
    const at = made.points.get(one.code);
    return at ? [{ text: name(one.code), at, radius: made.radius.get(one.code)! }] : [];
  });
  return labels(named, ruler(context), made.width, made.height, many);
}

export function FlowMap(asked: Asked) {
  const { box, ground, above, size, moving, shapes } = useSheet((camera) => camera.k > 2.2, asked.kept);
  const { camera } = moving;
  const [hover, setHover] = useState<{ flow: Flow | null; code: string; at: Point } | null>(null);
  const drawn = useRef<Scene | null>(null);
  const pacific = state.value.pacific;
  const night = dark.value;

  useEffect(() => {
    if (!size.width) return;
    const made = projection(size.width, size.height, pacific ? 150 : 11, camera);
    paintLand(sharp(ground.current!, size.width, size.height), shapes, made, palette.value);
  }, [size, camera, shapes, pacific, night]);
  // In the frame of the figures beside it, not in the next one.
  useLayoutEffect(() => {
    if (!size.width) return;
    const made = scene(asked, size.width, size.height, camera);
    drawn.current = made;
    paintFlows(sharp(above.current!, size.width, size.height), asked, made, camera);
    above.current!.dataset.flows = String(made.curves.length);
  }, [size, camera, asked.flows, asked.nodes, asked.chosen, asked.focus, asked.tone, asked.scale?.flow, asked.scale?.node, pacific, night]);

  const under = (point: Point): { flow: Flow | null; code: string } => {
    const made = drawn.current;
    if (!made) return { flow: null, code: "" };
    let code = "";
    let least = Infinity;
    for (const [one, spot] of made.points) {
      const radius = Math.max(6, made.radius.get(one) ?? 0);
      const far = Math.hypot(spot.x - point.x, spot.y - point.y);
      if (far <= radius && far < least) {
        code = one;
        least = far;
      }
    }
    return { flow: code ? null : (nearest(made.curves, point)?.flow ?? null), code };
  };
  const moved = (event: PointerEvent): void => {
    if (moving.dragging()) {
      moving.move(event);
      return;
    }
    const point = place(event, box.current!);
    const found = under(point);
    const same = hover && hover.code === found.code && hover.flow === found.flow;
    if (!same) asked.onHover(found.flow);
    setHover(found.flow || found.code ? { ...found, at: point } : null);
  };
  const released = (event: PointerEvent): void => {
    if (moving.up(event)) return;
    const found = under(place(event, box.current!));
    if (found.code) asked.onPlace(found.code);
    else if (found.flow) asked.onFlow(found.flow);
  };
  const europe = (): void => {
    const k = 4.2;
    const made = projection(size.width, size.height, pacific ? 150 : 11, STILL);
    const found = made([13, 49]);
    if (!found) return;
    const [x, y] = found;
    moving.setCamera({ k, x: -(x - size.width / 2) * k, y: -(y - size.height / 2) * k });
  };
  /** As near as all that is drawn allows. */
  const fit = (): void => {
    const still = scene(asked, size.width, size.height, STILL);
    const ends_ = still.curves.flatMap((one) => [one.from, one.to]);
    if (ends_.length === 0) return;
    const [left, right] = [Math.min(...ends_.map((p) => p.x)), Math.max(...ends_.map((p) => p.x))];
    const [top, foot] = [Math.min(...ends_.map((p) => p.y)), Math.max(...ends_.map((p) => p.y))];
    const k = Math.min(8, 0.7 * Math.min(size.width / Math.max(1, right - left), size.height / Math.max(1, foot - top)));
    moving.setCamera(k <= 1 ? STILL : { k, x: -((left + right) / 2 - size.width / 2) * k, y: -((top + foot) / 2 - size.height / 2) * k });
  };
  return (
    <div class="map">
      <div
        class="sheet"
        ref={box}
        onPointerMove={moved}
        onPointerLeave={() => {
          setHover(null);
          asked.onHover(null);
        }}
        data-zoomed={camera.k > 1 ? "yes" : "no"}
        onPointerDown={moving.down}
        onPointerUp={released}
        onPointerCancel={moving.up}
        onWheel={moving.wheel}
      >
        <canvas ref={ground} aria-hidden="true" />
        <canvas ref={above} class="flows" role="img" aria-label={`Map. ${asked.title} The list has the same corridors.`}>
          The list of corridors beside this map has the same figures.
        </canvas>
        {hover && (
          <div class="tip" style={spot(hover.at, size.width)}>
            {hover.flow ? <FlowTip flow={hover.flow} asked={asked} /> : <PlaceTip code={hover.code} asked={asked} />}
          </div>
        )}
      </div>
      <div class="row legend">
        <span class="buttons">
          <button type="button" aria-label="Zoom in" onClick={() => moving.zoom(1.6)}>+</button>
          <button type="button" aria-label="Zoom out" onClick={() => moving.zoom(1 / 1.6)}>−</button>
          <button type="button" onClick={() => moving.setCamera(STILL)}>World</button>
          <button type="button" onClick={europe}>Europe</button>
          {asked.within && <button type="button" onClick={fit}>Fit</button>}
        </span>
        <span>{asked.legend}</span>
      </div>
    </div>
  );
}

function spot(point: Point, width: number): { left: string; top: string } {
  return { left: `${Math.max(4, Math.min(point.x + 14, width - 250))}px`, top: `${point.y + 14}px` };
}

function FlowTip({ flow, asked }: { flow: Flow; asked: Asked }) {
  const back = asked.flows.find(
    (one) => one.birthplace === flow.residence && one.residence === flow.birthplace,
  );
  const line = (one: Flow) => (
    <p>
      {pays(asked) ? name(one.residence) : name(one.birthplace)} →{" "}
      {pays(asked) ? name(one.birthplace) : name(one.residence)}{" "}
      <b>{asked.write(one.value)}</b> <i>{one.kind}</i>
      {one.most !== undefined && ` (six methods: ${asked.write(one.least ?? 0)} – ${asked.write(one.most)})`}
    </p>
  );
  return (
    <>
      {line(flow)}
      {back ? line(back) : asked.of ? <OtherWay flow={flow} asked={asked} line={line} /> : <p class="muted">the other way changes less than those drawn</p>}
    </>
  );
}

const PAUSE = 120;

/** The other way of a flow that is too small to be drawn; asked for once the pointer rests. */
function OtherWay({ flow, asked, line }: { flow: Flow; asked: Asked; line: (one: Flow) => preact.JSX.Element }) {
  const [rests, setRests] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setRests(key(flow)), PAUSE);
    return () => clearTimeout(timer);
  }, [key(flow)]);
  const { value, busy } = useAnswer<World>(rests === key(flow) ? "world" : "", { ...asked.of!, top: 1, area: flow.residence, other: flow.birthplace });
  if (!value || busy) return <p class="muted">the other way …</p>;
  const row = rowsOf(value.corridors).find((one) => one.birthplace === flow.residence);
  if (!row) return <p class="muted">the other way: no figure</p>;
  return line({ birthplace: flow.residence, residence: flow.birthplace, value: row.value as number, kind: row.kind as Flow["kind"] });
}

function PlaceTip({ code, asked }: { code: string; asked: Asked }) {
  const own = asked.flows.filter((one) => one.birthplace === code || one.residence === code);
  return (
    <p>
      <b>{name(code)}</b> {own.length} of its corridors drawn
    </p>
  );
}

// --- pictures to keep --------------------------------------------------------------------------

const SVG_WIDTH = 1200;
const SVG_HEIGHT = 600;

/** A picture shows the part of the map that is on the screen. */
function seenBy(asked: Asked): Camera {
  return asked.kept ? read(asked.kept.zoom, { width: SVG_WIDTH, height: SVG_HEIGHT }) : STILL;
}

/** The map as SVG, from the same geometry. */
export async function svg(asked: Asked, title: string, source: string): Promise<string> {
  const shapes = await land(seenBy(asked).k > 2.2);
  const colours = palette.value;
  const camera = seenBy(asked);
  const made = scene(asked, SVG_WIDTH, SVG_HEIGHT, camera);
  const outline = projection(SVG_WIDTH, SVG_HEIGHT, made.centre, camera);
  const path = geoPath(outline).digits(1);
  const n = (value: number): string => value.toFixed(1);
  const p = (point: Point): string => `${n(point.x)} ${n(point.y)}`;
  const flow = (one: Curve, radius: number, stroke: string): string => {
    const arrow = head(one, radius);
    return (
      `<path d="M${p(one.from)}Q${p(one.bend)} ${p(arrow.end)}" fill="none" stroke="${stroke}" ` +
      `stroke-width="${n(one.width)}"/><path d="M${p(arrow.tip)}L${p(arrow.left)}L${p(arrow.right)}Z" ` +
      `fill="${stroke}"/>`
    );
  };
  const flows = made.curves.map((one) => {
    const pair = ends(one.flow, asked) as [Area, Area];
    const radius = made.radius.get(pair[1].code) ?? 2;
    const stroke = colour(one.flow, asked, colours);
    const label = `<title>${escaped(`${pair[0].short} to ${pair[1].short}: ${asked.write(one.flow.value)}`)}</title>`;
    const halves = one.wraps ? [one, otherHalf(outline, one, pair)] : [one];
    const clip = one.wraps ? ' clip-path="url(#outline)"' : "";
    return `<g opacity="0.85"${clip}>${label}${halves.map((half) => flow(half, radius, stroke)).join("")}</g>`;
  });
  const nodes = asked.nodes.map((one) => {
    const point = made.points.get(one.code);
    if (!point) return "";
    const fill = filled(one, asked, colours);
    const label = `<title>${escaped(name(one.code))}</title>`;
    return `<circle cx="${n(point.x)}" cy="${n(point.y)}" r="${n(made.radius.get(one.code)!)}" fill="${fill}" stroke="${colours.paper}">${label}</circle>`;
  });
  const sphere = path({ type: "Sphere" })!;
  const around = frame({ width: SVG_WIDTH, height: SVG_HEIGHT, title, legend: asked.legend, source });
  const fonts = `font-size="12" dominant-baseline="central"`;
  const named = names(ruled(), asked, made, camera).map(
    ({ text, x, y }) =>
      `<text x="${n(x)}" y="${n(y)}" ${fonts} stroke="${colours.paper}" stroke-width="3" stroke-linejoin="round">${escaped(text)}</text>` +
      `<text x="${n(x)}" y="${n(y)}" ${fonts} fill="${colours.ink}">${escaped(text)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-around.top} ${SVG_WIDTH} ${around.whole}" font-family="system-ui, sans-serif">`,
    `<title>${escaped(title)}</title><defs><clipPath id="outline"><path d="${sphere}"/></clipPath></defs>`,
    `<rect y="${-around.top}" width="100%" height="100%" fill="${colours.paper}"/>`,
    `<path d="${sphere}" fill="${colours.sea}"/><path d="${path(shapes.countries)}" fill="${colours.land}"/>`,
    `<path d="${path(shapes.borders)}" fill="none" stroke="${colours.paper}"/>`,
    `<path d="${path(shapes.disputed)}" fill="none" stroke="${colours.paper}" stroke-dasharray="3 2"/>`,
    ...flows,
    ...nodes,
    ...named,
    // What a zoomed map has beyond its edges stays off the words.
    `<rect y="${-around.top}" width="100%" height="${around.top}" fill="${colours.paper}"/>`,
    `<rect y="${SVG_HEIGHT}" width="100%" height="${around.whole - around.top - SVG_HEIGHT}" fill="${colours.paper}"/>`,
    `<svg y="${-around.top}" width="${SVG_WIDTH}" height="${around.whole}">${framing(around)}</svg></svg>`,
  ].join("\n");
}

const ruled = (): CanvasRenderingContext2D => document.createElement("canvas").getContext("2d")!;

/** The whole map as PNG at twice the size: title above, legend and source below. */
export async function picture(asked: Asked, title: string, source: string): Promise<Blob> {
  const camera = seenBy(asked);
  const shapes = await land(camera.k > 2.2);
  const made = scene(asked, SVG_WIDTH, SVG_HEIGHT, camera);
  const paint = (context: CanvasRenderingContext2D): void => {
    paintLand(context, shapes, projection(SVG_WIDTH, SVG_HEIGHT, made.centre, camera), palette.value);
    paintFlows(context, { ...asked, chosen: "" }, made, camera);
  };
  return sheetPng({ width: SVG_WIDTH, height: SVG_HEIGHT, title, legend: asked.legend, source, paint });
}

export type { Asked };
