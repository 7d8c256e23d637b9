// Pictures to keep, as PNG at twice the size and as SVG: title above, legend and source below.
import type { RefObject } from "preact";
import { save } from "./download";
import { palette } from "./state";

export interface Sheet {
  width: number;
  height: number;
  title: string;
  legend: string;
  source: string;
  paint: (context: CanvasRenderingContext2D) => void;
}

const FAMILY = "system-ui, sans-serif";
const EDGE = 10;
const TITLE = `600 17px ${FAMILY}`;
const SMALL = `12px ${FAMILY}`;
const TWICE = 2;

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

let ruler: CanvasRenderingContext2D | null = null;

function measured(text: string, font: string): number {
  ruler ??= document.createElement("canvas").getContext("2d")!;
  ruler.font = font;
  return ruler.measureText(text).width;
}

/** Words in lines that are no wider than there is room. */
export function lines(text: string, font: string, width: number): string[] {
  const found: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = found.length ? `${found[found.length - 1]} ${word}` : word;
    if (found.length && measured(longer, font) <= width) found[found.length - 1] = longer;
    else found.push(word);
  }
  return found;
}

interface Written {
  text: string;
  y: number;
  font: string;
  role: "ink" | "muted";
}

interface Frame {
  /** Room above and below what is drawn. */
  top: number;
  whole: number;
  written: Written[];
}

/** Where title, legend and source stand around a picture. */
export function frame({ width, height, title, legend, source }: Omit<Sheet, "paint">): Frame {
  const room = width - 2 * EDGE;
  const written: Written[] = [];
  let y = 25;
  for (const text of lines(title, TITLE, room)) {
    written.push({ text, y, font: TITLE, role: "ink" });
    y += 22;
  }
  const top = y - 7;
  y = top + height + 18;
  for (const part of [legend, source && `Source: ${source.replace(/^Source: /, "")}`]) {
    for (const text of lines(part, SMALL, room)) {
      written.push({ text, y, font: SMALL, role: "muted" });
      y += 16;
    }
  }
  return { top, whole: y, written };
}

/** The frame's words as SVG. */
export function framing({ written }: Frame): string {
  const colours = palette.value;
  return written
    .map(({ text, y, font, role }) => {
      const [, weight = "400", size] = /^(?:(\d+) )?(\d+)px/.exec(font)!;
      return `<text x="${EDGE}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colours[role]}">${escaped(text)}</text>`;
    })
    .join("\n");
}

function opening(width: number, { whole }: Frame): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" ` +
    `font-family="${FAMILY}" fill="${palette.value.ink}"><rect width="100%" height="100%" fill="${palette.value.paper}"/>`
  );
}

async function blob(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done) => canvas.toBlob((made) => done(made!), "image/png"));
}

export async function sheetPng(sheet: Sheet): Promise<Blob> {
  const around = frame(sheet);
  const colours = palette.value;
  // The picture on a canvas of its own: what it paints beyond its edge stays off the words.
  const [body, inside] = canvas(sheet.width, sheet.height);
  inside.fillStyle = colours.paper;
  inside.fillRect(0, 0, sheet.width, sheet.height);
  sheet.paint(inside);
  const [whole, context] = canvas(sheet.width, around.whole);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, sheet.width, around.whole);
  context.drawImage(body, 0, around.top, sheet.width, sheet.height);
  for (const { text, y, font, role } of around.written) {
    context.font = font;
    context.fillStyle = colours[role];
    context.fillText(text, EDGE, y);
  }
  return blob(whole);
}

function canvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const made = document.createElement("canvas");
  made.width = TWICE * width;
  made.height = TWICE * height;
  const context = made.getContext("2d")!;
  context.scale(TWICE, TWICE);
  return [made, context];
}

export function sheetSvg(sheet: Sheet): string {
  const around = frame(sheet);
  const ink = new Ink();
  sheet.paint(ink as unknown as CanvasRenderingContext2D);
  return [
    opening(sheet.width, around),
    `<title>${escaped(sheet.title)}</title>`,
    `<svg y="${around.top}" width="${sheet.width}" height="${sheet.height}">${ink.marks.join("\n")}</svg>`,
    framing(around),
    "</svg>",
  ].join("\n");
}

export function Pictures({ file, sheet }: { file: string; sheet: () => Promise<Sheet> }) {
  return (
    <>
      <button type="button" onClick={async () => save(`${file}.png`, await sheetPng(await sheet()))}>PNG</button>
      <button type="button" onClick={async () => save(`${file}.svg`, sheetSvg(await sheet()), "image/svg+xml")}>SVG</button>
    </>
  );
}

// --- what is drawn on a canvas, written down as SVG ----------------------------------------------

interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: string;
  lineCap: string;
  globalAlpha: number;
  font: string;
  textBaseline: string;
  dash: number[];
  clips: number;
}

const START: Pen = {
  fillStyle: "#000",
  strokeStyle: "#000",
  lineWidth: 1,
  lineJoin: "miter",
  lineCap: "butt",
  globalAlpha: 1,
  font: SMALL,
  textBaseline: "alphabetic",
  dash: [],
  clips: 0,
};

const n = (value: number): string => String(Math.round(value * 10) / 10);

/** As much of a canvas as the maps draw on. */
class Ink {
  marks: string[] = [];
  canvas = { dataset: {} as Record<string, string> };
  private pen: Pen = { ...START };
  private kept: Pen[] = [];
  private path = "";
  private clips = 0;

  get fillStyle(): string { return this.pen.fillStyle; }
  set fillStyle(to: string) { this.pen.fillStyle = to; }
  get strokeStyle(): string { return this.pen.strokeStyle; }
  set strokeStyle(to: string) { this.pen.strokeStyle = to; }
  get lineWidth(): number { return this.pen.lineWidth; }
  set lineWidth(to: number) { this.pen.lineWidth = to; }
  set lineJoin(to: string) { this.pen.lineJoin = to; }
  set lineCap(to: string) { this.pen.lineCap = to; }
  set globalAlpha(to: number) { this.pen.globalAlpha = to; }
  get font(): string { return this.pen.font; }
  set font(to: string) { this.pen.font = to; }
  set textBaseline(to: string) { this.pen.textBaseline = to; }
  setLineDash(dash: number[]): void { this.pen.dash = dash; }
  measureText(text: string): { width: number } { return { width: measured(text, this.pen.font) }; }

  beginPath(): void { this.path = ""; }
  moveTo(x: number, y: number): void { this.path += `M${n(x)} ${n(y)}`; }
  lineTo(x: number, y: number): void { this.path += `L${n(x)} ${n(y)}`; }
  closePath(): void { this.path += "Z"; }
  quadraticCurveTo(a: number, b: number, x: number, y: number): void { this.path += `Q${n(a)} ${n(b)} ${n(x)} ${n(y)}`; }
  rect(x: number, y: number, w: number, h: number): void { this.path += `M${n(x)} ${n(y)}h${n(w)}v${n(h)}h${n(-w)}Z`; }
  /** A whole circle: the maps draw no other. */
  arc(x: number, y: number, r: number): void {
    this.path += `M${n(x - r)} ${n(y)}a${n(r)} ${n(r)} 0 1 0 ${n(2 * r)} 0a${n(r)} ${n(r)} 0 1 0 ${n(-2 * r)} 0Z`;
  }

  save(): void { this.kept.push({ ...this.pen, clips: this.pen.clips }); }
  clip(): void {
    const id = `c${this.clips++}`;
    this.marks.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath><g clip-path="url(#${id})">`);
    this.pen.clips++;
  }
  restore(): void {
    const before = this.kept.pop() ?? { ...START };
    for (let open = this.pen.clips; open > before.clips; open--) this.marks.push("</g>");
    this.pen = before;
  }

  private look(fill: string, stroke: string): string {
    const { lineWidth, lineJoin, lineCap, globalAlpha, dash } = this.pen;
    const line = stroke === "none" ? "" : ` stroke-width="${n(lineWidth)}" stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"`;
    const dashed = stroke !== "none" && dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    return `fill="${fill}" stroke="${stroke}"${line}${dashed}${globalAlpha < 1 ? ` opacity="${globalAlpha}"` : ""}`;
  }
  fill(): void { this.marks.push(`<path d="${this.path}" ${this.look(this.pen.fillStyle, "none")}/>`); }
  stroke(): void { this.marks.push(`<path d="${this.path}" ${this.look("none", this.pen.strokeStyle)}/>`); }
  private text(text: string, x: number, y: number, look: string): void {
    const [, size] = /(\d+)px/.exec(this.pen.font)!;
    const base = this.pen.textBaseline === "middle" ? ' dominant-baseline="central"' : "";
    this.marks.push(`<text x="${n(x)}" y="${n(y)}" font-size="${size}"${base} ${look}>${escaped(text)}</text>`);
  }
  fillText(text: string, x: number, y: number): void { this.text(text, x, y, this.look(this.pen.fillStyle, "none")); }
  strokeText(text: string, x: number, y: number): void { this.text(text, x, y, this.look("none", this.pen.strokeStyle)); }
}

// --- charts that are SVG on the page -------------------------------------------------------------

const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor"];

/** A copy that looks the same without the page's style sheet. */
function alone(drawn: SVGSVGElement): SVGSVGElement {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  const marks = [...drawn.querySelectorAll<SVGElement>("*")];
  for (const [at, mark] of [...copy.querySelectorAll<SVGElement>("*")].entries()) {
    const look = getComputedStyle(marks[at]!);
    for (const name of LOOKS) mark.setAttribute(name, look.getPropertyValue(name).replaceAll('"', ""));
    if (mark.classList.contains("pointer")) mark.remove();
    else mark.removeAttribute("class");
  }
  copy.removeAttribute("class");
  return copy;
}

const WIDE = 900;

/** A chart of the page with its keys, title and source, as an SVG file. */
function chartSvg(figure: HTMLElement, title: string, source: string): { text: string; width: number; height: number } {
  const drawn = figure.querySelector<SVGSVGElement>(":scope > svg, :scope > div > svg")!;
  const view = drawn.viewBox.baseVal;
  const high = Math.round((WIDE * view.height) / view.width);
  const copy = alone(drawn);
  let x = EDGE;
  let y = high + 14;
  const keys: string[] = [];
  for (const item of figure.querySelectorAll<HTMLElement>(".keys li, .sectors li")) {
    const mark = item.querySelector<SVGSVGElement>("svg");
    const text = (item.textContent ?? "").trim();
    const wide = 30 + measured(text, SMALL);
    if (x > EDGE && x + wide > WIDE - EDGE) [x, y] = [EDGE, y + 18];
    if (mark) {
      const own = alone(mark);
      for (const [name, value] of Object.entries({ x, y: y - 9, width: 24, height: 10 })) own.setAttribute(name, String(value));
      keys.push(own.outerHTML);
    }
    keys.push(`<text x="${x + 30}" y="${y}" font-size="12">${escaped(text)}</text>`);
    x += wide + 18;
  }
  const height = keys.length ? y + 8 : high;
  const around = frame({ width: WIDE, height, title, legend: "", source });
  for (const [name, value] of Object.entries({ x: 0, y: 0, width: WIDE, height: high })) copy.setAttribute(name, String(value));
  const text = [
    opening(WIDE, around),
    `<title>${escaped(title)}</title>`,
    `<g transform="translate(0 ${around.top})">${new XMLSerializer().serializeToString(copy)}${keys.join("")}</g>`,
    framing(around),
    "</svg>",
  ].join("\n");
  return { text, width: WIDE, height: around.whole };
}

async function chartPng(figure: HTMLElement, title: string, source: string): Promise<Blob> {
  const { text, width, height } = chartSvg(figure, title, source);
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const [whole, context] = canvas(width, height);
  context.drawImage(image, 0, 0, width, height);
  return blob(whole);
}

/** A chart of the page to keep: what stands in `box`. */
interface Chart {
  box: RefObject<HTMLElement | null>;
  file: string;
  title: string;
  source: string;
}

export function ChartFiles(chart: Chart) {
  return (
    <p class="row downloads chart-files" role="group" aria-label={`Download the chart ${chart.title}`}>
      <ChartButtons {...chart} />
    </p>
  );
}

export function ChartButtons({ box, file, title, source }: Chart) {
  const figure = (): HTMLElement => box.current!;
  return (
    <>
      <button type="button" onClick={async () => save(`${file}.png`, await chartPng(figure(), title, source))}>PNG</button>
      <button type="button" onClick={() => save(`${file}.svg`, chartSvg(figure(), title, source).text, "image/svg+xml")}>SVG</button>
    </>
  );
}
