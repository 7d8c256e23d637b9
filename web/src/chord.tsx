// The system on one circle: what leaves a region before what arrives, each by size, heads show the
// direction, and nothing is cut off: what has no sector of its own is in `Other`.
import { chordDirected, ribbonArrow, type Chord, type ChordSubgroup, type Ribbon } from "d3-chord";
import { useRef, useState } from "preact/hooks";
import { slug } from "./download";
import { ChartButtons } from "./figure";
import { written } from "./format";
import { useAnswer } from "./load";
import { Downloads, Failure, Table, Waiting } from "./parts";
import { go, meta, palette, state } from "./state";
import type { Columns } from "./types";

/** Of no region: people whose origin is not known, and areas that no region counts. */
const OTHER = "Unknown or other";
const SIZE = 620;
const OUTER = 196;
const INNER = 184;

export function ChordView({ table, year, unit, source }: { table: string; year: number; unit: string; source: string }) {
  const { region } = state.value;
  const box = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState<{ from: number; to: number } | null>(null);
  const asked: Record<string, string | number> = { table, year };
  const apart = region || state.value.focus;
  if (apart) asked.region = apart;
  const { value, error } = useAnswer<{ flows: Columns; total: number }>("matrix", asked);
  if (error) return <Failure error={error} />;
  if (!value) return <Waiting what="regions" />;
  const flows = (value.flows.rows as [string, string, number][]).map(
    ([from, to, size]): [string, string, number] => [from === "Other" ? OTHER : from, to === "Other" ? OTHER : to, size],
  );
  const order = meta.value.regions;
  const rank = (one: string): number => (order.includes(one) ? order.indexOf(one) : one === OTHER ? 99 : 50);
  const names = [...new Set(flows.flatMap(([from, to]) => [from, to]))].sort(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  );
  const matrix = names.map(() => names.map(() => 0));
  for (const [from, to, size] of flows) matrix[names.indexOf(from)]![names.indexOf(to)] = size;
  const chords = chordDirected().padAngle(0.03).sortSubgroups((a, b) => b - a).sortChords((a, b) => b - a)(matrix);
  const title = `${unit === "USD" ? "Money sent" : "People"} between regions, ${year}${apart ? `, ${apart} apart` : ""}`;
  const colours = palette.value;
  const colour = (place: number): string => {
    const one = names[place]!;
    if (one === OTHER) return colours.other;
    const known = order.indexOf(one);
    return colours.regions[(known >= 0 ? known : place) % colours.regions.length]!;
  };
  const ribbon = ribbonArrow<unknown, Chord, ChordSubgroup>().radius(INNER - 1).padAngle(0.004).headRadius(9) as unknown as (
    one: Chord,
  ) => string;
  const out = (place: number): number => matrix[place]!.reduce((sum, size) => sum + size, 0);
  const into = (place: number): number => matrix.reduce((sum, row) => sum + row[place]!, 0);
  const seen = (from: number, to: number): boolean =>
    over !== null && (over.to < 0 ? from === over.from || to === over.from : from === over.from && to === over.to);
  const told = ({ from, to }: { from: number; to: number }): string =>
    to < 0
      ? `${names[from]}: ${written(out(from), unit)} out, ${written(into(from), unit)} in, ${written(matrix[from]![from]!, unit)} of both within`
      : `${names[from]} → ${names[to]}: ${written(matrix[from]![to]!, unit)}${from === to ? "" : `; the other way ${written(matrix[to]![from]!, unit)}`}`;
  return (
    <div class="chord" ref={box}>
      <p class="row">
        {apart ? (
          <button type="button" onClick={() => go({ region: "", focus: "", partner: "" }, true)}>
            All regions
          </button>
        ) : (
          <span class="muted">Choose a region below, or a focus above, to see its places apart.</span>
        )}
      </p>
      <svg onPointerLeave={() => setOver(null)} viewBox={`${-SIZE / 2} ${-250} ${SIZE} 500`} role="img" aria-label={`Chord of ${names.length} sectors; the table below has the same figures.`}>
        {[...chords].reverse().map((one) => (
          <path
            key={`${one.source.index}-${one.target.index}`}
            d={ribbon(one as Chord & Ribbon)}
            fill={colour(one.source.index)}
            fill-opacity={over === null ? 0.75 : seen(one.source.index, one.target.index) ? 0.95 : 0.15}
            stroke="var(--paper)"
            stroke-width="0.5"
            data-ribbon={`${names[one.source.index]} → ${names[one.target.index]}`}
            onPointerEnter={() => setOver({ from: one.source.index, to: one.target.index })}
          />
        ))}
        {chords.groups.map((one) => (
          <g key={one.index}>
            <path d={arc(one.startAngle, one.endAngle)} fill={colour(one.index)} onPointerEnter={() => setOver({ from: one.index, to: -1 })} />
            <SectorName angle={(one.startAngle + one.endAngle) / 2} text={names[one.index]!} />
          </g>
        ))}
      </svg>
      <p class="read" role="status">{over ? told(over) : <span class="muted">Point at a ribbon or a sector; the table below has every figure.</span>}</p>
      <ul class="sectors">
        {chords.groups.map((one) => {
          const sector = names[one.index]!;
          const words = `${sector}: ${written(out(one.index), unit)} out, ${written(into(one.index), unit)} in`;
          return (
            <li key={sector}>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <rect width="12" height="12" fill={colour(one.index)} />
              </svg>
              {order.includes(sector) && sector !== region ? (
                <button type="button" class="plain" onClick={() => go({ region: sector }, true)}>
                  {words}
                </button>
              ) : (
                words
              )}
            </li>
          );
        })}
      </ul>
      <Table
        caption={`Between ${names.length} sectors`}
        page={20}
        rows={flows.filter(([, , size]) => size > 0).toSorted((a, b) => b[2] - a[2]).map(([from, to, size]) => ({ from, to, size }))}
        columns={[{ key: "from", title: "From" }, { key: "to", title: "To" }, { key: "size", title: unit === "USD" ? "US$" : "People", unit }]}
      />
      <Downloads
        file={`matrix-${table}-${year}${apart ? `-${slug(apart)}` : ""}`}
        title={title}
        rows={() => flows.map(([from, to, size]) => ({ from, to, value: size, unit, year }))}
        sources={[source]}
        more={<ChartButtons box={box} file={`chord-${table}-${year}${apart ? `-${slug(apart)}` : ""}`} title={title} source={source} />}
      />
    </div>
  );
}

function arc(first: number, last: number): string {
  const at = (angle: number, radius: number): string => `${Math.sin(angle) * radius} ${-Math.cos(angle) * radius}`;
  const large = last - first > Math.PI ? 1 : 0;
  return (
    `M${at(first, OUTER)}A${OUTER} ${OUTER} 0 ${large} 1 ${at(last, OUTER)}` +
    `L${at(last, INNER)}A${INNER} ${INNER} 0 ${large} 0 ${at(first, INNER)}Z`
  );
}

function SectorName({ angle, text }: { angle: number; text: string }) {
  const x = Math.sin(angle) * (OUTER + 8);
  const y = -Math.cos(angle) * (OUTER + 8);
  const anchor = Math.abs(Math.sin(angle)) < 0.2 ? "middle" : x > 0 ? "start" : "end";
  const words = text.split(" ");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + word.length < 16) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const top = y < 0 ? y - 14 * (lines.length - 1) * (1 - Math.abs(Math.sin(angle)) / 2) : y + 6;
  return (
    <text x={x} y={top} text-anchor={anchor} class="sector">
      {lines.map((line, i) => (
        <tspan key={line} x={x} dy={i ? 14 : 0}>
          {line}
        </tspan>
      ))}
    </text>
  );
}
