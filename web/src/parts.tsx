// Small parts that every screen uses: badges, tables, sliders, downloads, lines over time.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { csv, json, save, sourceLine } from "./download";
import { written } from "./format";
import { link, name } from "./state";
import type { Kind, Row } from "./rows";
import type { Source } from "./types";

const WORD: Record<string, string> = {
  reported: "published by its source",
  modelled: "derived by a model",
  assumed: "put in by hand",
};

/** How a figure came about: a word, never colour alone. */
export function Badge({ kind }: { kind: Kind | string }) {
  if (!kind) return null;
  return (
    <span class={`badge ${kind}`} title={WORD[kind] ?? kind}>
      {kind}
    </span>
  );
}

export function SourceLink({ source, table }: { source: string; table: string }) {
  if (!table) return null;
  return (
    <a class="source" href={link({ page: "data", source: table })} title={source}>
      {table || source}
    </a>
  );
}

interface Slider {
  label: string;
  value: number;
  lower: number;
  upper: number;
  step: number;
  /** The value in words, for who does not see the slider. */
  words: string;
  mark?: number | undefined;
  widest?: [number, number];
  onInput: (value: number) => void;
  onChange?: (value: number) => void;
}

/** A native slider with a number box beside it; Delete sets it back to its mark. */
export function Range({ label, value, lower, upper, step, words, mark, widest, onInput, onChange }: Slider) {
  const id = useId();
  const [least, most] = widest ?? [lower, upper];
  const reset = (): void => {
    if (mark === undefined) return;
    onInput(mark);
    onChange?.(mark);
  };
  return (
    <div class="range">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={lower}
        max={upper}
        step={step}
        value={value}
        list={mark === undefined ? undefined : `${id}-mark`}
        aria-valuetext={words}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
        onChange={(event) => onChange?.(event.currentTarget.valueAsNumber)}
        onDblClick={reset}
        onKeyDown={(event) => event.key === "Delete" && reset()}
      />
      {mark !== undefined && (
        <datalist id={`${id}-mark`}>
          <option value={mark} />
        </datalist>
      )}
      <input
        type="number"
        aria-label={`${label}, as a number`}
        min={least}
        max={most}
        step="any"
        value={value}
        onChange={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          if (!Number.isFinite(typed)) return;
          const kept = Math.min(most, Math.max(least, typed));
          onInput(kept);
          onChange?.(kept);
        }}
      />
    </div>
  );
}

interface Choice<T extends string> {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChoose: (value: T) => void;
}

export function Select<T extends string>({ label, options, value, onChoose }: Choice<T>) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        {options.map(([one, text]) => (
          <option value={one} key={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Tabs<T extends string>({ label, options, value, onChoose }: Choice<T>) {
  return (
    <div class="tabs" role="group" aria-label={label}>
      {options.map(([one, text]) => (
        <button type="button" key={one} aria-pressed={one === value} onClick={() => onChoose(one)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export interface Column {
  key: string;
  title: string;
  unit?: string;
  show?: (row: Row) => ComponentChildren;
}

interface Listed {
  caption: string;
  columns: Column[];
  rows: Row[];
  page?: number;
  sorted?: string;
}

/** A table that sorts by any column, a page at a time. */
export function Table({ caption, columns, rows, page = 50, sorted }: Listed) {
  const [by, setBy] = useState<{ key: string; down: boolean } | null>(
    sorted ? { key: sorted, down: true } : null,
  );
  const [first, setFirst] = useState(0);
  const shown = by
    ? rows.toSorted((a, b) => compare(a[by.key], b[by.key]) * (by.down ? -1 : 1))
    : rows;
  const start = first < rows.length ? first : 0;
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((one) => (
              <th
                scope="col"
                key={one.key}
                class={one.unit ? "number" : ""}
                aria-sort={by?.key === one.key ? (by.down ? "descending" : "ascending") : undefined}
              >
                <button
                  type="button"
                  onClick={() => setBy({ key: one.key, down: by?.key === one.key ? !by.down : Boolean(one.unit) })}
                >
                  {one.title}
                  {by?.key === one.key ? (by.down ? " ↓" : " ↑") : ""}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.slice(start, start + page).map((row, place) => (
            <tr key={place}>
              {columns.map((one) => (
                <td key={one.key} class={one.unit ? "number" : ""}>
                  {one.show ? one.show(row) : text(row, one)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > page && (
        <p class="row">
          <button type="button" disabled={start === 0} onClick={() => setFirst(start - page)}>
            Back
          </button>
          <span>
            {start + 1} to {Math.min(rows.length, start + page)} of {rows.length}
          </span>
          <button type="button" disabled={start + page >= rows.length} onClick={() => setFirst(start + page)}>
            Next
          </button>
        </p>
      )}
    </div>
  );
}

function text(row: Row, column: Column): string {
  const value = row[column.key] ?? null;
  if (column.unit === "year") return value === null ? "" : String(value);
  if (column.unit) return written(value as number | null, column.unit);
  return value === null ? "" : String(value);
}

function compare(a: Row[string] | undefined, b: Row[string] | undefined): number {
  const absent = Number(a === null || a === undefined) - Number(b === null || b === undefined);
  if (absent) return absent;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

interface Kept {
  file: string;
  title: string;
  rows: () => Row[];
  sources: (Source | string)[];
  more?: ComponentChildren;
}

/** Keep the figures of a view, with their sources. */
export function Downloads({ file, title, rows, sources, more }: Kept) {
  const line = sources.map((one) => (typeof one === "string" ? one : sourceLine(one))).join("; ");
  return (
    <div class="row downloads" role="group" aria-label="Download">
      <span>Download</span>
      <button type="button" onClick={() => save(`${file}.csv`, csv(rows(), line), "text/csv")}>
        CSV
      </button>
      <button type="button" onClick={() => save(`${file}.json`, json(title, rows(), sources), "application/json")}>
        JSON
      </button>
      {more}
    </div>
  );
}

/** Publishers and terms of the tables behind a view. */
export function Sources({ sources }: { sources: Source[] }) {
  return (
    <section aria-labelledby="sources">
      <h2 id="sources">Sources</h2>
      {sources.some((one) => one.licence.includes("second hand")) && (
        <p class="muted">“Second hand”: the terms were read on a page that quotes the publisher's, not on its own.</p>
      )}
      <ul>
        {sources.map((one) => (
          <li key={one.table}>
            <a href={link({ page: "data", source: one.table })}>{one.table}</a>: {sourceLine(one)}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Place({ code }: { code: string }) {
  return <a href={link({ page: "place", place: code })}>{name(code)}</a>;
}

export function Waiting({ what }: { what: string }) {
  return <p class="muted">Loading {what} …</p>;
}

export function Failure({ error }: { error: string }) {
  return (
    <p class="failure" role="alert">
      {error}
    </p>
  );
}
