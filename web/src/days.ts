// A journey as the screen asks for it: by place, by day. No number is fewer than 50 persons: where
// a few are, `persons` is null.
import { rowsOf } from "./api";
import { interval, persons } from "./format";
import type { Row } from "./rows";
import type { Journey as Told } from "./types";

export interface Stop {
  name: string;
  kind: string;
  longitude: number | null;
  latitude: number | null;
}

/** Who is somewhere on a day; null: fewer than 50. */
export interface Crowd {
  persons: number | null;
  lower_50: number | null;
  upper_50: number | null;
  lower_80: number | null;
  upper_80: number | null;
  lower_95: number | null;
  upper_95: number | null;
  /** Before a gate that lets nobody in: full, or shut. */
  waiting?: number | null;
}

export interface Change {
  persons: number | null;
  lower_80: number | null;
  upper_80: number | null;
}

export interface Walk {
  start: number;
  end: number;
  persons: number;
}

/** Room at a place from a day to before another; a range where reports differ. */
export interface Room {
  /** Of which what-if, or "" of the baseline. */
  what_if: string;
  place: number;
  from: number;
  until: number;
  lower: number;
  upper: number;
  kind: string;
  source: string;
}

export interface Count {
  day: number;
  place: number;
  lower: number;
  upper: number | null;
  source: string;
}

export interface Document {
  id: string;
  publisher: string;
  date: string;
  address: string;
}

export interface Journey {
  told: Told;
  stops: Stop[];
  roads: { start: number; end: number; kilometres: number }[];
  /** By place, then day. */
  people: (Crowd | undefined)[][];
  changes: Map<string, (Change | undefined)[][]>;
  /** Who is where with each what-if. */
  instead: Map<string, (Crowd | undefined)[][]>;
  /** The baseline of a journey with a what-if. */
  baseline: Journey | null;
  walks: Walk[][];
  rooms: Room[];
  counts: Count[];
  /** What is cited, by id. */
  documents: Map<string, Document>;
  shortfalls: Row[];
  /** Most persons at one place on one day. */
  most: number;
  /** The largest change of each what-if. */
  mostChanged: Map<string, number>;
  /** Most persons on one road on one day. */
  mostWalking: number;
}

const read_ = new WeakMap<Told, Journey>();

function rows<T>(table: Told["people"]): T[] {
  return rowsOf(table) as unknown as T[];
}

export function read(told: Told): Journey {
  let journey = read_.get(told);
  if (!journey) read_.set(told, (journey = made(told)));
  return journey;
}

function made(told: Told): Journey {
  const stops = rowsOf(told.places).map((row) => ({
    name: String(row.place),
    kind: String(row.kind),
    longitude: row.longitude as number | null,
    latitude: row.latitude as number | null,
  }));
  const nobody = (): undefined[] => told.days.map(() => undefined);
  const people: Journey["people"] = stops.map(nobody);
  for (const row of rows<Crowd & { day: number; place: number }>(told.people)) people[row.place]![row.day] = row;
  const changes: Journey["changes"] = new Map(Object.keys(told.what_ifs).map((name) => [name, stops.map(nobody)]));
  for (const row of rows<Change & { what_if: string; day: number; place: number }>(told.differences)) {
    changes.get(row.what_if)![row.place]![row.day] = row;
  }
  const instead: Journey["instead"] = new Map(Object.keys(told.what_ifs).map((name) => [name, stops.map(nobody)]));
  for (const row of rows<Crowd & { what_if: string; day: number; place: number }>(told.instead)) {
    instead.get(row.what_if)![row.place]![row.day] = row;
  }
  const walks: Walk[][] = told.days.map(() => []);
  for (const row of rows<Walk & { day: number }>(told.links)) walks[row.day]!.push(row);
  const largest = (every: (Crowd | Change | undefined)[][]): number =>
    Math.max(1, ...every.flat().map((crowd) => Math.abs(crowd?.persons ?? 0)));
  return {
    told,
    stops,
    roads: rows(told.roads),
    people,
    changes,
    instead,
    baseline: null,
    walks,
    rooms: rows(told.shelters),
    counts: rows(told.counts),
    documents: new Map(rows<Document>(told.documents).map((document) => [document.id, document])),
    shortfalls: rowsOf(told.shortfalls),
    most: Math.max(largest(people), ...[...instead.values()].map(largest)),
    mostChanged: new Map([...changes].map(([name, every]) => [name, largest(every)])),
    mostWalking: Math.max(1, ...walks.flat().map((walk) => walk.persons)),
  };
}

/** The journey as it goes with a what-if: its own people, and its own beds where it changes them. */
export function withWhatIf(journey: Journey, whatIf: string): Journey {
  const own = journey.rooms.filter((room) => room.what_if === whatIf);
  const kept = journey.rooms.filter((room) => room.what_if === "" && !(whatIf && own.some((each) => each.place === room.place)));
  const rooms = whatIf ? [...kept, ...own] : kept;
  if (!whatIf) return { ...journey, rooms };
  return { ...journey, rooms, people: journey.instead.get(whatIf)!, walks: journey.walks.map(() => []), counts: [], baseline: { ...journey, rooms: kept } };
}

export function title(stop: Stop | undefined): string {
  return (stop?.name ?? "").replaceAll("_", " ");
}

/** Room at a place on a day; a place where the shortfall is everybody has none. */
export function room(journey: Journey, place: number, day: number): Room | null {
  const own = journey.rooms.find((room) => room.place === place && room.from <= day && day < room.until);
  if (own) return own;
  const none = journey.shortfalls.some((row) => row.capacity === 0 && row.place === journey.stops[place]!.name);
  return none ? { what_if: "", place, from: 0, until: journey.told.days.length, lower: 0, upper: 0, kind: "modelled", source: "" } : null;
}

/** Whether a place is full, in a word: never by colour alone; who waits outside counts. */
export function fullness(people: Crowd | undefined, room: Room | null): "" | "room" | "full" | "about full" | "over" {
  if (!room) return "";
  const count = (people?.persons ?? 0) + (people?.waiting ?? 0);
  if (count > room.upper) return "over";
  if (count < room.lower) return "room";
  return room.lower === room.upper ? "full" : "about full";
}

export function crowd(people: Crowd | undefined): string {
  if (!people) return "nobody";
  return people.persons === null ? "fewer than 50" : persons(people.persons);
}

export function outside(people: Crowd | undefined): string {
  return people?.waiting ? `${persons(people.waiting)} wait outside` : "";
}

const few = (value: number | null): number => value ?? 0;

/** The 80 per cent interval in words, or nothing where it is not given. */
export function between(people: Crowd | Change | undefined): string {
  if (!people || people.persons === null || (people.lower_80 === null && people.upper_80 === null)) return "";
  return interval(few(people.lower_80), few(people.upper_80), "persons");
}

const WRITTEN = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export function date(iso: string): string {
  return WRITTEN.format(new Date(`${iso}T00:00:00Z`));
}

/** What is missing where, when, how surely: one sentence a place. */
export function sentence(row: Row): string {
  const place = String(row.place).replaceAll("_", " ");
  const share = row.probability as number;
  if (share === 0) return `${place} has room in every draw.`;
  const chance = share === 1 ? "in every draw" : `in ${Math.round(100 * share)} of 100 draws`;
  const span = [row.first_day_lower_80, row.first_day_upper_80].map((day) => (day ? date(String(day)) : ""));
  const first = `${date(String(row.first_day))} (${span[0]} to ${span[1]})`;
  if ("missing" in row) {
    const size = row.missing === null ? "fewer than 50" : persons(row.missing as number);
    const about = interval(few(row.missing_lower_80 as number | null), few(row.missing_upper_80 as number | null), "persons");
    return `${place}: ${size} people (${about}) without a bed at the worst, ${chance}, from ${first}.`;
  }
  const more = row.extra_places === null ? "fewer than 50" : persons(row.extra_places as number);
  return `${place}: short of beds ${chance}, from ${first}; ${more} more would do.`;
}
