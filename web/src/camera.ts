// Moving and zooming a map: by pointer, by two fingers, by wheel, by buttons.
import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { land, type Camera, type Land, type Point } from "./geometry";

export const STILL: Camera = { k: 1, x: 0, y: 0 };
const CLOSEST = 16;
const STEADY = 4;

export interface Size {
  width: number;
  height: number;
}

/** The size of an element, kept up to date. */
export function useSize(box: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      setSize({ width: Math.floor(entry!.contentRect.width), height: Math.floor(entry!.contentRect.height) });
    });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return size;
}

/** The camera after zooming by a factor about a point; at 1 the whole map is in the middle. */
export function zoomed(camera: Camera, by: number, about: Point, { width, height }: Size): Camera {
  const k = Math.min(CLOSEST, Math.max(1, camera.k * by));
  const ratio = k / camera.k;
  const shift = (c: number, p: number, full: number): number => (k === 1 ? 0 : p - full / 2 - (p - full / 2 - c) * ratio);
  return { k, x: shift(camera.x, about.x, width), y: shift(camera.y, about.y, height) };
}

interface Hand {
  /** Where the pointers were when the movement began, and the camera then. */
  from: Point;
  apart: number;
  camera: Camera;
  moved: boolean;
}

export interface Moving {
  camera: Camera;
  setCamera: (camera: Camera) => void;
  zoom: (by: number) => void;
  dragging: () => boolean;
  /** Ends a movement; whether it was one, and no click. */
  down: (event: PointerEvent) => void;
  move: (event: PointerEvent) => void;
  up: (event: PointerEvent) => boolean;
  wheel: (event: WheelEvent) => void;
}

export function place(event: PointerEvent | WheelEvent, box: HTMLElement): Point {
  const frame = box.getBoundingClientRect();
  return { x: event.clientX - frame.left, y: event.clientY - frame.top };
}

/** A camera as it stands in an address, whatever the size of the map. */
function written({ k, x, y }: Camera, { width, height }: Size): string {
  return k === 1 ? "" : [k, x / width, y / height].map((one) => String(Math.round(1000 * one) / 1000)).join(",");
}

export function read(text: string, { width, height }: Size): Camera {
  const [k = 1, x = 0, y = 0] = text.split(",").map(Number);
  return text === "" || k <= 1 ? STILL : { k: Math.min(CLOSEST, k), x: x * width, y: y * height };
}

/** Where the camera is kept, so that a link and Back show the same part of the map. */
export interface Kept {
  zoom: string;
  onZoom: (zoom: string) => void;
}

function useCamera(box: RefObject<HTMLElement | null>, size: Size, kept: Kept | undefined): Moving {
  const [camera, setCamera] = useState(STILL);
  const now = useRef(camera);
  now.current = camera;
  useEffect(() => {
    if (kept && size.width && kept.zoom !== written(now.current, size)) setCamera(read(kept.zoom, size));
  }, [kept?.zoom, size.width]);
  const fingers = useRef(new Map<number, Point>());
  const hand = useRef<Hand | null>(null);
  const put = (next: Camera): void => {
    now.current = next;
    setCamera(next);
    if (size.width) kept?.onZoom(written(next, size));
  };
  const middle = (): [Point, number] => {
    const [a, b = a] = [...fingers.current.values()] as [Point, Point?];
    return [{ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, Math.hypot(a.x - b.x, a.y - b.y)];
  };
  const grasp = (moved: boolean): void => {
    if (fingers.current.size === 0) {
      hand.current = null;
      return;
    }
    const [from, apart] = middle();
    hand.current = { from, apart, camera: now.current, moved };
  };
  return {
    camera,
    setCamera: put,
    zoom: (by) => put(zoomed(now.current, by, { x: size.width / 2, y: size.height / 2 }, size)),
    dragging: () => hand.current !== null,
    down: (event) => {
      fingers.current.set(event.pointerId, place(event, box.current!));
      box.current!.setPointerCapture(event.pointerId);
      grasp(hand.current?.moved ?? false);
    },
    move: (event) => {
      const held = hand.current;
      if (!held || !fingers.current.has(event.pointerId)) return;
      fingers.current.set(event.pointerId, place(event, box.current!));
      const [at, apart] = middle();
      if (Math.hypot(at.x - held.from.x, at.y - held.from.y) > STEADY || fingers.current.size > 1) held.moved = true;
      if (!held.moved) return;
      const by = held.apart > 0 && apart > 0 ? apart / held.apart : 1;
      const near = zoomed(held.camera, by, held.from, size);
      if (near.k === 1) put(STILL);
      else put({ ...near, x: near.x + at.x - held.from.x, y: near.y + at.y - held.from.y });
    },
    up: (event) => {
      const moved = hand.current?.moved ?? false;
      fingers.current.delete(event.pointerId);
      grasp(moved);
      return moved;
    },
    wheel: (event) => {
      if (event.deltaY > 0 && now.current.k === 1) return; // the page scrolls on
      event.preventDefault();
      put(zoomed(now.current, event.deltaY < 0 ? 1.25 : 0.8, place(event, box.current!), size));
    },
  };
}

export interface Sheet {
  box: RefObject<HTMLDivElement | null>;
  /** Two canvases, the land and what is drawn on it. */
  ground: RefObject<HTMLCanvasElement | null>;
  above: RefObject<HTMLCanvasElement | null>;
  size: Size;
  moving: Moving;
  shapes: Land | null;
}

/** What every map stands on: its canvases, its size, its camera, and the land once it has come. */
export function useSheet(detailed: (camera: Camera) => boolean, kept?: Kept): Sheet {
  const box = useRef<HTMLDivElement>(null);
  const ground = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const moving = useCamera(box, size, kept);
  const [shapes, setShapes] = useState<Land | null>(null);
  const close = detailed(moving.camera);
  useEffect(() => {
    let stale = false;
    void land(close).then((found) => stale || setShapes(found));
    return () => void (stale = true);
  }, [close]);
  return { box, ground, above, size, moving, shapes };
}
