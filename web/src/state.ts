// What the reader looks at. All of it is in the address, so that a link shows the same.
import { computed, signal } from "@preact/signals";
import type { Area, Meta, Palette, Scenario } from "./types";

export const PAGES = ["world", "place", "corridor", "scenario", "journey", "data"] as const;
export type Page = (typeof PAGES)[number];
const VIEWS = ["map", "chord", "table"] as const;
export type View = (typeof VIEWS)[number];
const SIDES = ["total", "in", "out", "net"] as const;
export type Side = (typeof SIDES)[number];
const THEMES = ["auto", "light", "dark"] as const;

export interface State {
  page: Page;
  table: string;
  year: number;
  top: number;
  least: number;
  side: Side;
  view: View;
  /** A place, a group or a list with commas. */
  focus: string;
  /** With a focus: only what is between the two. */
  partner: string;
  region: string;
  place: string;
  corridor: string;
  /** Of the world's list: where the reader is in it. */
  row: string;
  /** How the map is zoomed: times, and shares of its width and height. */
  zoom: string;
  pacific: boolean;
  theme: (typeof THEMES)[number];
  source: string;
  journey: string;
  /** Of a journey; before 0 is the first day that is short of beds. */
  day: number;
  stop: string;
  whatIf: string;
  /** The reader's own people and beds: `people=20000;Place=900@2018-11-16`. */
  own: string;
  /** The map of a journey shows what a what-if changes, not who is where with it. */
  change: boolean;
  scenario: Scenario;
  kept: Scenario | null;
}

export const EMPTY: Scenario = {
  title: "My scenario",
  question: "What if?",
  capital: "fixed",
  channels: [],
  statuses: false,
  land: true,
  focus: [],
  parameters: {},
  levers: [],
};

const START: State = {
  page: "world",
  table: "stocks_2024",
  year: 2024,
  top: 150,
  least: 0,
  side: "total",
  view: "map",
  focus: "",
  partner: "",
  region: "",
  place: "PHL",
  corridor: "MEX-USA",
  row: "",
  zoom: "",
  pacific: false,
  theme: "auto",
  source: "",
  journey: "",
  day: -1,
  stop: "",
  whatIf: "",
  own: "",
  change: false,
  scenario: EMPTY,
  kept: null,
};

export const meta = signal<Meta>(null as unknown as Meta); // set before anything is drawn
export const state = signal<State>(START);
export const notice = signal("");
/** `?embed=1`: only the picture with its sentence and its source. */
export const embed = new URLSearchParams(location.search).get("embed") === "1";

const byCode = computed(() => new Map(meta.value.areas.map((one) => [one.code, one])));

const byGroup = computed(() => new Map(meta.value.groups.map((one) => [one.name, one.members])));

export function area(code: string): Area | undefined {
  return byCode.value.get(code);
}

export function name(code: string): string {
  return area(code)?.short ?? code.split(",").map((one) => area(one.trim())?.short ?? one.trim()).join(", ");
}

const night = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(night.matches);
night.addEventListener("change", () => (systemDark.value = night.matches));
export const dark = computed(() =>
  state.value.theme === "auto" ? systemDark.value : state.value.theme === "dark",
);
export const palette = computed<Palette>(() =>
  dark.value ? meta.value.palettes.dark : meta.value.palettes.light,
);

// --- the address -----------------------------------------------------------------------------

const KEYS: Record<string, keyof State> = {
  p: "page",
  t: "table",
  y: "year",
  n: "top",
  m: "least",
  d: "side",
  w: "view",
  f: "focus",
  pw: "partner",
  r: "region",
  a: "place",
  c: "corridor",
  k: "row",
  z: "zoom",
  o: "pacific",
  th: "theme",
  src: "source",
  j: "journey",
  dy: "day",
  st: "stop",
  wi: "whatIf",
  jo: "own",
  wc: "change",
  s: "scenario",
  b: "kept",
};

const packs = new WeakMap<object, string>();

/** A scenario as it stands in an address; every link of a screen has it, so it is made once. */
function packed(value: object): string {
  let text = packs.get(value);
  if (text === undefined) packs.set(value, (text = encoded(value)));
  return text;
}

function encoded(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text: string): unknown {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (one) => one.charCodeAt(0))));
}

/** The state as an address: only what differs from the start. */
export function address(of: State): string {
  const asked = new URLSearchParams({ v: "1", p: of.page });
  for (const [key, field] of Object.entries(KEYS)) {
    const value = of[field];
    if (field === "page" || value === START[field]) continue;
    const text = typeof value === "object" && value !== null ? packed(value) : String(value);
    if (field !== "scenario" || text !== packed(EMPTY)) asked.set(key, text);
  }
  asked.set("h", meta.value.hash); // a link opened under other figures says so
  return `#${asked}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === "string");

/** Whether a link holds a scenario whose every part has its kind: what is drawn may rely on it. */
function isScenario(value: unknown): value is Scenario {
  if (!isObject(value) || !Array.isArray(value.levers)) return false;
  const whole: Record<string, unknown> = { ...EMPTY, ...value };
  return (
    ["title", "question", "capital"].every((one) => typeof whole[one] === "string") &&
    ["channels", "focus"].every((one) => isTexts(whole[one])) &&
    ["statuses", "land"].every((one) => typeof whole[one] === "boolean") &&
    isObject(whole.parameters) &&
    (whole.world === undefined || meta.value.worlds.some((one) => one.people === whole.world)) &&
    value.levers.every((use) => isObject(use) && Object.keys(use).length === 1 && Object.values(use).every(isObject))
  );
}

/** The year of people that a scenario starts from; the API takes it, and describes it nowhere. */
export const worldOf = (scenario: Scenario): number => (scenario as { world?: number }).world ?? meta.value.people_year;

/** A scenario in the world of a year; today's has no word of it. */
export function inWorld(scenario: Scenario, year: number): Scenario {
  const { world: _, ...rest } = scenario as Scenario & { world?: number };
  return year === meta.value.people_year ? rest : ({ ...rest, world: year } as Scenario);
}

/** Codes of a place, a group or a list with commas; none where a name is not known. */
export function members(text: string): string[] {
  const parts = text.split(",").map((one) => one.trim()).filter(Boolean);
  const every = parts.map((one) => (byCode.value.has(one) ? [one] : (byGroup.value.get(one) ?? [])));
  return every.some((one) => one.length === 0) ? [] : [...new Set(every.flat())];
}

/** The state of an address; what is unknown is ignored, what is out of range is put right. */
export function parsed(hash: string): { state: State; wrong: string[] } {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const wrong: string[] = [];
  const found = { ...START };
  const put = <K extends keyof State>(field: K, value: State[K], fine: boolean): void => {
    if (fine) found[field] = value;
    else wrong.push(`${field} '${String(value)}'`);
  };
  const known = meta.value;
  for (const [key, text] of asked) {
    const field = KEYS[key];
    if (key === "h") {
      if (text !== known.hash) wrong.push(`model and figures ${text} (this page has ${known.hash}: numbers may differ)`);
    } else if (field === "page") put(field, text as Page, PAGES.includes(text as Page));
    else if (field === "view") put(field, text as View, VIEWS.includes(text as View));
    else if (field === "side") put(field, text as Side, SIDES.includes(text as Side));
    else if (field === "theme") put(field, text as State["theme"], THEMES.includes(text as never));
    else if (field === "table") put(field, text, text in known.years);
    else if (field === "year") put(field, Number(text), Number.isInteger(Number(text)));
    else if (field === "top") put(field, Number(text), Number(text) >= 1 && Number(text) <= 500);
    else if (field === "least") put(field, Number(text), Number(text) >= 0 && Number(text) <= 1e12);
    else if (field === "focus" || field === "partner") put(field, text, members(text).length > 0);
    else if (field === "place") put(field, text, members(text).length > 0);
    else if (field === "corridor" || field === "row") {
      const [born = "", lives = ""] = text.split("-");
      const fine = byCode.value.has(born) && byCode.value.has(lives) && born !== lives;
      put(field, text, fine);
    } else if (field === "zoom") put(field, text, /^\d{1,2}(\.\d+)?(,-?\d{1,2}(\.\d+)?){2}$/.test(text));
    else if (field === "region") put(field, text, known.regions.includes(text));
    else if (field === "day") put(field, Number(text), Number.isInteger(Number(text)) && Number(text) >= 0);
    else if (field === "own") put(field, text, /^[^=;@]+=\d{1,7}(@\d{4}-\d\d-\d\d)?(;[^=;@]+=\d{1,7}(@\d{4}-\d\d-\d\d)?)*$/.test(text));
    else if (field === "source" || field === "journey" || field === "stop" || field === "whatIf") found[field] = text;
    else if (field === "pacific" || field === "change") found[field] = text === "true";
    else if (field === "scenario" || field === "kept") {
      try {
        const value = unpacked(text);
        if (!isScenario(value)) throw new Error(text);
        found[field] = { ...EMPTY, ...value };
      } catch {
        wrong.push("the scenario of the link");
      }
    }
  }
  const years = known.years[found.table]!;
  if (!years.includes(found.year)) {
    if (asked.has("y")) wrong.push(`year ${found.year}`);
    found.year = years[years.length - 1]!;
  }
  return { state: found, wrong };
}

let resting = 0;
const RESTS = 500;
/** The state as the address has it: a drag changes it when it rests, and with it the links of the frame. */
export const noted = signal(state.value);

/** Write the state into the address: a step of its own, or in place of the last one. */
function note(step: boolean): void {
  clearTimeout(resting);
  const link = address(state.value);
  noted.value = state.value;
  if (step) history.pushState(null, "", link);
  else history.replaceState(null, "", link);
  document.documentElement.dataset.state = link;
}

/** Change what is looked at; `step` makes it a step that Back undoes. */
export function go(change: Partial<State>, step = false, still = false): void {
  const turned = step || (change.page !== undefined && change.page !== state.value.page);
  state.value = { ...state.value, ...change };
  note(turned);
  if (turned && !still) window.scrollTo(0, 0);
}

/** A drag that ends: the address has its last step before anything else is pressed. */
export function rested(): void {
  if (noted.value !== state.value) note(false);
}

/** Change while a slider is dragged: the address follows when it rests. */
export function dragged(change: Partial<State>): void {
  state.value = { ...state.value, ...change };
  clearTimeout(resting);
  resting = window.setTimeout(() => note(false), RESTS);
}

export function readAddress(): void {
  const { state: found, wrong } = parsed(location.hash);
  state.value = noted.value = found;
  document.documentElement.dataset.state = address(found);
  notice.value = wrong.length ? `The link has what this page does not know: ${wrong.join(", ")}.` : "";
}

export function link(change: Partial<State>): string {
  return address({ ...state.value, ...change });
}
