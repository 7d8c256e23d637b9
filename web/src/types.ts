// What the API answers; see src/corridors/app in the package.

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;

export interface Columns {
  cols: string[];
  rows: Cell[][];
}

export type Kind = "reported" | "modelled" | "assumed" | "";

export interface Area {
  code: string;
  iso2: string | null;
  name: string;
  short: string;
  region: string | null;
  income_group: string | null;
  longitude: number | null;
  latitude: number | null;
  aliases: string[];
}

export interface Field {
  name: string;
  kind: "number" | "choice" | "names";
  default: number | string | null;
  optional: boolean;
  unit: string;
  help: string;
  source: string;
  lower: number;
  upper: number;
  choices: string[];
}

export type Names = string | string[];
export interface Ends {
  birthplace: Names;
  residence: Names;
  skill: Names;
  status: Names;
}

export interface Lever {
  name: string;
  title: string;
  subject: string;
  help: string;
  fields: Field[];
  where: Ends | null;
}

export type Values = Record<string, number | string | string[]>;
export type LeverUse = Record<string, Values>;

export interface Scenario {
  title: string;
  question: string;
  capital: string;
  channels: string[];
  statuses: boolean;
  land: boolean;
  focus: string[];
  /** Values in place of the package's. */
  parameters: Record<string, number | Record<string, Cell>>;
  levers: LeverUse[];
}

export interface StudyFile {
  name: string;
  answer: string;
  variants?: string[];
  curve?: unknown;
  sweep?: Record<string, number[]>;
  parameters?: Scenario["parameters"];
  world?: unknown;
  figures?: Record<string, unknown>;
  shown?: { policy: string };
  title: string;
  question: string;
  sources: string[];
  capital: string[];
  channels: string[];
  statuses: boolean;
  land: boolean;
  focus: string[];
  policy: { name: string; levers: LeverUse[] }[];
}

export interface Palette {
  paper: string;
  ink: string;
  muted: string;
  sea: string;
  land: string;
  rule: string;
  arriving: string;
  leaving: string;
  remittances: string;
  capital: string;
  other: string;
  regions: string[];
}

export interface Parameter {
  name: string;
  symbol: string;
  title: string;
  value: number;
  prior: Record<string, Cell> | null;
  lower: number;
  upper: number;
  unit: string;
  source: string;
  status: string;
  channel: string;
  closure: string;
}

export interface Meta {
  version: string;
  hash: string;
  people_year: number;
  economy_year: number;
  years: Record<string, number[]>;
  editions: Record<string, string>;
  levers: Lever[];
  closures: string[];
  channels: string[];
  skills: string[];
  statuses: string[];
  areas: Area[];
  groups: { name: string; members: string[]; aliases: string[] }[];
  regions: string[];
  studies: StudyFile[];
  parameters: Parameter[];
  left_out: string[];
  palettes: { light: Palette; dark: Palette };
}

export interface Source {
  table: string;
  title: string;
  publisher: string;
  edition: string;
  licence: string;
  address: string;
  citation: string;
}

export interface World {
  table: string;
  year: number;
  unit: "persons" | "USD";
  sentence: string;
  total: number;
  unknown_origin: number;
  by_kind: Record<string, number>;
  corridors: Columns;
  of: number;
  /** What comes into the asker's places and goes out of them; null for the whole world. */
  focus: {
    area: string;
    other: string;
    members: string[];
    partners: string[];
    out: number;
    into: number;
    within: number;
    sentence: string;
  } | null;
  areas: Columns;
  source: Source;
}

export interface Card extends Columns {
  title: string;
  sources: Source[];
}

export interface Measure {
  name: string;
  title: string;
  unit: string;
  now: number;
  value: number;
}

export interface Answer {
  hash: string;
  capital: string;
  solve_ms: number;
  measures: Measure[];
  sentence: string;
  /** Codes of the places in focus. */
  focus: string[];
  /** What the asker put in place of the package's parameters, and what of it is not read. */
  remarks: string[];
  corridors: Columns;
  /** What reaches each birthplace from each residence, US dollars. */
  money: Columns;
  of: number;
  areas: Columns;
  traces: { lever: string; cells: number; empty: number }[];
  residual: number;
  evaluations: number;
  people_year: number;
  economy_year: number;
}

export interface Job {
  id: string;
  state: "running" | "done" | "failed" | "cancelled";
  progress: string;
  draws: number;
  done: number;
  error: string;
  seconds: number;
  digest?: string;
  tables?: Record<string, Columns>;
}

export interface Flow {
  birthplace: string;
  residence: string;
  value: number;
  kind: Kind;
  /** Of an estimated flow: smallest and largest of the published methods. */
  least?: number;
  most?: number;
}

export interface Told {
  name: string;
  title: string;
  question: string;
  draws: number;
  seed: number;
  rules: string;
  origin: string | null;
  digest: string;
  warnings: string[];
  what_ifs: Record<string, string>;
  sources: string[];
  /** What the ids in sources stand for. */
  documents: Columns;
  days: string[];
  places: Columns;
  roads: Columns;
  people: Columns;
  links: Columns;
  differences: Columns;
  /** Who is where with each what-if. */
  instead: Columns;
  shelters: Columns;
  shortfalls: Columns;
  counts: Columns;
  figures: Columns;
}
