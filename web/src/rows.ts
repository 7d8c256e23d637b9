// What the page makes of the API's answers; the answers themselves are in types.ts, which is made of
// openapi.json when the page is built (npm run types).
import type { Columns } from "./types";

export type Cell = Columns["rows"][number][number];
/** A row of a table by the names of its columns. */
export type Row = Record<string, Cell>;

export type Kind = "reported" | "modelled" | "assumed" | "";
export type Names = string | string[];
export type Values = Record<string, number | string | string[]>;
/** A lever by its name: the reader may add any that Python declares. */
export type LeverUse = Record<string, Values>;

export interface Flow {
  birthplace: string;
  residence: string;
  value: number;
  kind: Kind;
  /** Of an estimated flow: smallest and largest of the published methods. */
  least?: number;
  most?: number;
}
