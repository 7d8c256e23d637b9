// Lines over years: both axes, what a year has under the pointer or by arrow keys, a file to keep.
import { useRef, useState } from "preact/hooks";
import { useSize } from "./camera";
import { slug } from "./download";
import { ChartFiles } from "./figure";
import { written } from "./format";

export interface Line {
  label: string;
  colour: string;
  /** Pattern of the line, so that editions differ without colour. */
  dash?: string;
  points: [number, number][];
}

const HIGH = 230;
const LEFT = 64;
const RIGHT = 14;
const HEAD = 12;
const FOOT = 26;
const LABEL = 44;

/** Round values from 0 to beyond the largest. */
export function ticks(most: number, wanted = 4): number[] {
  const rough = most / wanted;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 2.5, 5, 10].find((one) => one * size >= rough * 0.999)!;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** Years to name: from the last one back, as many as have room. */
function named(years: number[], x: (year: number) => number): number[] {
  const found: number[] = [];
  for (const year of years.toReversed()) {
    const last = found[found.length - 1];
    if (last === undefined || x(last) - x(year) >= LABEL) found.push(year);
  }
  return found;
}

const UNITS: Record<string, string> = { persons: "people", USD: "US$", share: "share" };

export function Lines({ title, unit, lines, source }: { title: string; unit: string; lines: Line[]; source: string }) {
  const box = useRef<HTMLElement>(null);
  const wide = useSize(box).width || 520;
  const [at, setAt] = useState<number | null>(null);
  const every = lines.flatMap((one) => one.points);
  if (every.length === 0) return <figure class="lines muted" ref={box}>{title}: no data.</figure>;
  const years = [...new Set(every.map(([year]) => year))].sort((a, b) => a - b);
  const [first, last] = [years[0]!, years[years.length - 1]!];
  const marks = ticks(Math.max(...every.map(([, value]) => value)) || 1);
  const most = marks[marks.length - 1]!;
  const x = (year: number): number => LEFT + ((wide - LEFT - RIGHT) * (year - first)) / Math.max(1, last - first);
  const y = (value: number): number => HIGH - FOOT - ((HIGH - HEAD - FOOT) * value) / most;
  const pointed = (event: PointerEvent): void => {
    const frame = (event.currentTarget as SVGElement).getBoundingClientRect();
    const spot = ((event.clientX - frame.left) / frame.width) * wide;
    setAt(years.reduce((a, b) => (Math.abs(x(b) - spot) < Math.abs(x(a) - spot) ? b : a)));
  };
  const pressed = (event: KeyboardEvent): void => {
    const here = at === null ? years.length - 1 : years.indexOf(at);
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: years.length - 1 }[event.key];
    if (event.key === "Escape") setAt(null);
    if (next === undefined) return;
    event.preventDefault();
    setAt(years[Math.max(0, Math.min(years.length - 1, at === null ? here : next))]!);
  };
  const told = lines.flatMap((one) => {
    const point = one.points.find(([year]) => year === at);
    return point ? [{ ...one, value: point[1] }] : [];
  });
  const words = `${title}, ${UNITS[unit] ?? unit}`;
  return (
    <figure class="lines" ref={box}>
      <figcaption>{words}</figcaption>
      <svg
        viewBox={`0 0 ${wide} ${HIGH}`}
        role="img"
        tabIndex={0}
        aria-label={`${words}: ${lines.map((one) => one.label).join("; ")}. Left and right go through the years.`}
        onPointerMove={pointed}
        onPointerDown={pointed}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={pressed}
      >
        {marks.map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={wide - RIGHT} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
            <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">{written(value, unit)}</text>
          </g>
        ))}
        {named(years, x).map((year) => (
          <g key={year}>
            <line x1={x(year)} x2={x(year)} y1={y(0)} y2={y(0) + 4} stroke="var(--muted)" />
            <text x={Math.min(x(year), wide - 17)} y={HIGH - 7} text-anchor="middle">{year}</text>
          </g>
        ))}
        {lines.map((one) => (
          <g key={one.label} stroke={one.colour} fill="none" stroke-width="2">
            <polyline points={one.points.map(([a, b]) => `${x(a)},${y(b)}`).join(" ")} stroke-dasharray={one.dash} />
            {one.points.map(([a, b]) => (
              <circle key={a} cx={x(a)} cy={y(b)} r={a === at ? 4 : 2} fill={one.colour} />
            ))}
          </g>
        ))}
        {at !== null && <line class="pointer" x1={x(at)} x2={x(at)} y1={HEAD} y2={y(0)} stroke="var(--ink)" stroke-dasharray="3 2" />}
      </svg>
      <p class="read" role="status">
        {at === null ? <span class="muted">Point at a year, or use the arrow keys.</span> : (
          <>
            <b>{at}</b>: {told.map((one) => `${one.label} ${written(one.value, unit)}`).join("; ")}
          </>
        )}
      </p>
      <ul class="keys">
        {lines.map((one) => (
          <li key={one.label}>
            <svg viewBox="0 0 24 8" aria-hidden="true">
              <line x1="0" x2="24" y1="4" y2="4" stroke={one.colour} stroke-width="2" stroke-dasharray={one.dash} />
            </svg>
            {one.label}
          </li>
        ))}
      </ul>
      <ChartFiles box={box} file={slug(title)} title={words} source={source} />
    </figure>
  );
}
