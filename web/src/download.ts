// Files to keep, each with its sources. Cells that a spreadsheet would run as formulas are quoted.
import type { Cell, Row } from "./rows";
import type { Source } from "./types";

export function save(file: string, content: string | Blob, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = file;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** A title as the name of a file. */
export function slug(title: string): string {
  const plain = title.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "scenario";
}

function cell(value: Cell | undefined): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV; the source stands in a column of its own, so that no reader loses it. */
export function csv(rows: Row[], source: string): string {
  const cols = Object.keys(rows[0] ?? {});
  const extra = cols.includes("source") ? [] : ["source"];
  const lines = rows.map((row) => [...cols.map((one) => cell(row[one])), ...extra.map(() => cell(source))]);
  return [[...cols, ...extra].join(","), ...lines.map((one) => one.join(","))].join("\n") + "\n";
}

export function json(title: string, rows: Row[], sources: (Source | string)[]): string {
  return JSON.stringify({ title, rows, sources }, null, 1);
}

export function sourceLine(source: Source): string {
  return `${source.publisher}, ${source.edition}. ${source.licence}`;
}
