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
  focus: string;
  region: string;
  place: string;
  corridor: string;
  pacific: boolean;
  theme: (typeof THEMES)[number];
  source: string;
  journey: string;
  day: number;
  stop: string;
  whatIf: string;
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
  region: "",
  place: "PHL",
  corridor: "MEX-USA",
  pacific: false,
  theme: "auto",
  source: "",
  journey: "",
  day: 0,
  stop: "",
  whatIf: "",
  scenario: EMPTY,
  kept: null,
};

export const meta = signal<Meta>(null as unknown as Meta); // set before anything is drawn
export const state = signal<State>(START);
export const notice = signal("");
/** `?embed=1`: only the picture with its sentence and its source. */
export const embed = new URLSearchParams(location.search).get("embed") === "1";

const byCode = computed(() => new Map(meta.value.areas.map((one) => [one.code, one])));

export function area(code: string): Area | undefined {
  return byCode.value.get(code);
}

export function name(code: string): string {
  return area(code)?.short ?? code;
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
  r: "region",
  a: "place",
  c: "corridor",
  o: "pacific",
  th: "theme",
  src: "source",
  j: "journey",
  dy: "day",
  st: "stop",
  wi: "whatIf",
  s: "scenario",
  b: "kept",
};

function packed(value: unknown): string {
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
    if (field === "page" || JSON.stringify(value) === JSON.stringify(START[field])) continue;
    asked.set(key, typeof value === "object" ? packed(value) : String(value));
  }
  return `#${asked}`;
}

function isScenario(value: unknown): value is Scenario {
  const one = value as Scenario;
  return typeof one === "object" && one !== null && Array.isArray(one.levers);
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
    if (field === "page") put(field, text as Page, PAGES.includes(text as Page));
    else if (field === "view") put(field, text as View, VIEWS.includes(text as View));
    else if (field === "side") put(field, text as Side, SIDES.includes(text as Side));
    else if (field === "theme") put(field, text as State["theme"], THEMES.includes(text as never));
    else if (field === "table") put(field, text, text in known.years);
    else if (field === "year") put(field, Number(text), Number.isInteger(Number(text)));
    else if (field === "top") put(field, Number(text), Number(text) >= 1 && Number(text) <= 500);
    else if (field === "least") put(field, Number(text), Number(text) >= 0);
    else if (field === "focus" || field === "place") put(field, text, byCode.value.has(text));
    else if (field === "corridor") {
      const [born = "", lives = ""] = text.split("-");
      const fine = byCode.value.has(born) && byCode.value.has(lives) && born !== lives;
      put(field, text, fine);
    } else if (field === "region") put(field, text, known.regions.includes(text));
    else if (field === "day") put(field, Number(text), Number.isInteger(Number(text)) && Number(text) >= 0);
    else if (field === "source" || field === "journey" || field === "stop" || field === "whatIf") found[field] = text;
    else if (field === "pacific") found.pacific = text === "true";
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

/** Write the state into the address: a step of its own, or in place of the last one. */
function note(step: boolean): void {
  clearTimeout(resting);
  const link = address(state.value);
  if (step) history.pushState(null, "", link);
  else history.replaceState(null, "", link);
  document.documentElement.dataset.state = link;
}

/** Change what is looked at; `step` makes it a step that Back undoes. */
export function go(change: Partial<State>, step = false): void {
  const turned = step || (change.page !== undefined && change.page !== state.value.page);
  state.value = { ...state.value, ...change };
  note(turned);
  if (turned) window.scrollTo(0, 0);
}

/** Change while a slider is dragged: the address follows when it rests. */
export function dragged(change: Partial<State>): void {
  state.value = { ...state.value, ...change };
  clearTimeout(resting);
  resting = window.setTimeout(() => note(false), 150);
}

export function readAddress(): void {
  const { state: found, wrong } = parsed(location.hash);
  state.value = found;
  document.documentElement.dataset.state = address(found);
  notice.value = wrong.length ? `The link has what this page does not know: ${wrong.join(", ")}.` : "";
}

export function link(change: Partial<State>): string {
  return address({ ...state.value, ...change });
}
