// Names on a map: in the order given, each where there is room, none over another.
import type { Point } from "./geometry";

export interface Named {
  text: string;
  at: Point;
  /** Of the circle that the name stands beside. */
  radius: number;
}

export type Box = [left: number, top: number, right: number, bottom: number];

export interface Label {
  text: string;
  x: number;
  y: number;
  box: Box;
}

const HALF = 8;
const AWAY = 3;

/** Where names go: beside, above or below, not on what is taken; who finds no spot has none. */
export function labels(
  named: Named[],
  measure: (text: string) => number,
  width: number,
  height: number,
  most: number,
  taken: Box[] = [],
): Label[] {
  const found: Label[] = [];
  for (const { text, at, radius } of named) {
    if (found.length >= most) break;
    if (at.x < 0 || at.x > width || at.y < 0 || at.y > height) continue;
    const wide = measure(text);
    const away = radius + AWAY;
    const spots: [number, number][] = [
      [at.x + away, at.y],
      [at.x - away - wide, at.y],
      [at.x - wide / 2, at.y - away - HALF],
      [at.x - wide / 2, at.y + away + HALF],
      [at.x, at.y + away + HALF],
      [at.x - wide, at.y + away + HALF],
      [at.x, at.y - away - HALF],
      [at.x - wide, at.y - away - HALF],
    ];
    for (const [x, y] of spots) {
      const box: Box = [x - 2, y - HALF, x + wide + 2, y + HALF];
      const inside = box[0] >= 0 && box[2] <= width && box[1] >= 0 && box[3] <= height;
      if (!inside || taken.some((one) => crossed(one, box)) || found.some((one) => crossed(one.box, box))) continue;
      found.push({ text, x, y, box });
      break;
    }
  }
  return found;
}

function crossed(a: Box, b: Box): boolean {
  return b[2] > a[0] && b[0] < a[2] && b[3] > a[1] && b[1] < a[3];
}

export const FONT = "12px system-ui, sans-serif";

function write(context: CanvasRenderingContext2D, { text, x, y }: Omit<Label, "box">, ink: string, paper: string): void {
  context.font = FONT;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = paper;
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

const EDGE = 3;
const HIGH = 12;
const MOST_KEPT = 400;
const stamps = new Map<string, HTMLCanvasElement>();

/** A name with its halo, drawn once: nothing else of a map is as dear as the outline of letters. */
function stamp({ text, box }: Label, ratio: number, ink: string, paper: string): HTMLCanvasElement {
  const key = `${text} ${ratio} ${ink} ${paper}`;
  let made = stamps.get(key);
  if (!made) {
    if (stamps.size >= MOST_KEPT) stamps.clear();
    made = document.createElement("canvas");
    made.width = Math.ceil((box[2] - box[0] + 2 * EDGE) * ratio);
    made.height = Math.ceil(2 * HIGH * ratio);
    const context = made.getContext("2d")!;
    context.scale(ratio, ratio);
    write(context, { text, x: EDGE, y: HIGH }, ink, paper);
    stamps.set(key, made);
  }
  return made;
}

const wides = new Map<string, number>();

/** How wide names are, each measured once. */
export function ruler(context: CanvasRenderingContext2D): (text: string) => number {
  context.font = FONT;
  return (text) => {
    let wide = wides.get(text);
    if (wide === undefined) wides.set(text, (wide = context.measureText(text).width));
    return wide;
  };
}

/** Write names with a halo, and say where they stand (for who checks that none overlap). */
export function paintLabels(context: CanvasRenderingContext2D, found: Label[], ink: string, paper: string): void {
  const seen = context.canvas.isConnected; // what is kept as a file is written afresh, as sharp as it is large
  const ratio = seen ? context.getTransform().a : 1;
  const whole = (value: number): number => Math.round(value * ratio) / ratio;
  for (const one of found) {
    if (!seen) {
      write(context, one, ink, paper);
      continue;
    }
    const made = stamp(one, ratio, ink, paper);
    context.drawImage(made, whole(one.x - EDGE), whole(one.y - HIGH), made.width / ratio, made.height / ratio);
  }
  const boxes = found.map((one) => [one.text, ...one.box.map(Math.round)]);
  context.canvas.dataset.labels = JSON.stringify(boxes);
}
