// What both maps draw the same way: sharp canvases, land, an arrow.
import type { GeoProjection } from "d3-geo";
import { geoPath, head, type Curve, type Land } from "./geometry";
import type { Palette } from "./types";

/** The canvas at the sharpness of the screen (at most twice), empty. */
export function sharp(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export function paintLand(
  context: CanvasRenderingContext2D,
  shapes: Land | null,
  made: GeoProjection,
  colours: Palette,
): void {
  const path = geoPath(made, context);
  context.fillStyle = colours.sea;
  context.beginPath();
  path({ type: "Sphere" });
  context.fill();
  if (!shapes) return;
  context.fillStyle = colours.land;
  context.beginPath();
  path(shapes.countries);
  context.fill();
  context.strokeStyle = colours.paper;
  context.lineWidth = 0.7;
  context.beginPath();
  path(shapes.borders);
  context.stroke();
  context.setLineDash([3, 2]);
  context.beginPath();
  path(shapes.disputed);
  context.stroke();
  context.setLineDash([]);
}

/** A curve with a casing and a head that ends at the circle of its destination. */
export function trace(context: CanvasRenderingContext2D, one: Curve, radius: number, stroke: string, paper: string): void {
  const arrow = head(one, radius);
  const draw = (width: number, style: string): void => {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(one.from.x, one.from.y);
    context.quadraticCurveTo(one.bend.x, one.bend.y, arrow.end.x, arrow.end.y);
    context.stroke();
  };
  draw(one.width + 1, paper); // casing
  draw(one.width, stroke);
  context.fillStyle = stroke;
  context.strokeStyle = paper;
  context.lineWidth = 0.5;
  context.beginPath();
  context.moveTo(arrow.tip.x, arrow.tip.y);
  context.lineTo(arrow.left.x, arrow.left.y);
  context.lineTo(arrow.right.x, arrow.right.y);
  context.closePath();
  context.fill();
  context.stroke();
}
