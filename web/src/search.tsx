// Find a place or a corridor: `/`, letters with or without accents, codes, former names.
import { useId, useRef, useState } from "preact/hooks";
import { EMPTY, go, meta, state } from "./state";
import { preset } from "./levers";
import { change } from "./solving";
import type { Area } from "./types";

interface Hit {
  label: string;
  open: () => void;
}

export function plain(text: string): string {
  const letters = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return letters.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function rank(one: Area, asked: string): number {
  const names = [one.code, one.iso2 ?? "", one.name, one.short, ...one.aliases].map(plain);
  if (names.includes(asked)) return 0;
  if (names.some((each) => each.startsWith(asked))) return 1;
  if (names.some((each) => each.split(" ").some((word) => word.startsWith(asked)))) return 2;
  return asked.length > 2 && names.some((each) => each.includes(asked)) ? 3 : 9;
}

function places(asked: string): Area[] {
  if (!asked) return [];
  return meta.value.areas
    .filter((one) => one.longitude !== null && rank(one, asked) < 9)
    .toSorted((a, b) => rank(a, asked) - rank(b, asked) || a.short.length - b.short.length);
}

interface Group {
  name: string;
  aliases: string[];
}

function groups(asked: string): Group[] {
  const names = (one: Group): string[] => [one.name, ...one.aliases].map(plain);
  const of = (one: Group): number =>
    names(one).includes(asked) ? 0 : names(one).some((each) => each.startsWith(asked)) ? 1 : 9;
  return meta.value.groups
    .filter((one) => one.name !== "all" && asked.length > 1 && of(one) < 9)
    .toSorted((a, b) => of(a) - of(b) || a.name.length - b.name.length);
}

/** A place or, with nothing nearer, a group, as it stands in the address. */
export function end(asked: string): { code: string; title: string; place: boolean } | null {
  const [area] = places(asked);
  const [group] = groups(asked);
  if (area && (!group || rank(area, asked) === 0 || plain(group.name) !== asked && !group.aliases.map(plain).includes(asked))) {
    return { code: area.code, title: area.short, place: true };
  }
  return group ? { code: group.name, title: group.name, place: false } : null;
}

/** What the page can show that is no place. */
const TOPICS: [string, string, () => void][] = [
  ["remittances money sent home", "Money sent home, by corridor", () => go({ page: "world", table: "remittances_by_corridor", year: 2018 }, true)],
  ["flows moves who moved", "Who moved, by period", () => go({ page: "world", table: "flows", year: 2020 }, true)],
  ["fee fees cost of sending remitting 3 per cent", "What if sending money home cost 3 %", () => {
    go({ page: "scenario" }, true);
    change({ ...EMPTY, title: "Sending money home costs 3 %", levers: [{ remittance_cost: { cost_share: 0.03 } }] });
  }],
  ["data sources licences tables terms", "Tables of figures and their terms", () => go({ page: "data", source: "" }, true)],
  ["journeys caravan walking shelters beds days", "Journeys day by day", () => go({ page: "journey" }, true)],
];

function topics(asked: string): Hit[] {
  if (asked.length < 3) return [];
  const hit = (text: string): boolean => plain(text).split(" ").some((word) => word.startsWith(asked)) || plain(text).includes(asked);
  const studies = meta.value.studies
    .filter((one) => hit(one.title))
    .map((one) => ({
      label: `${one.title} (scenario)`,
      open: () => {
        go({ page: "scenario" }, true);
        preset(one.name);
      },
    }));
  return [...TOPICS.filter(([words]) => hit(words)).map(([, label, open]) => ({ label, open })), ...studies];
}

/** Fewest single letters to put in, take out, change or swap; more than `most` is `most` + 1. */
function slips(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

function meant(asked: string): Area[] {
  const most = asked.length > 7 ? 2 : 1;
  if (asked.length < 4) return [];
  const far = (one: Area): number => Math.min(...[one.name, one.short, ...one.aliases].map((each) => slips(plain(each), asked, most)));
  return meta.value.areas.filter((one) => one.longitude !== null && far(one) <= most).toSorted((a, b) => far(a) - far(b)).slice(0, 3);
}

export function hits(text: string): Hit[] {
  const asked = plain(text);
  if (!asked) return [];
  const opened = (one: Area, words = ""): Hit => ({
    label: `${words}${one.name} (${one.code})`,
    open: () => go({ page: "place", place: one.code }, true),
  });
  const { table } = state.value;
  const groupHits = groups(asked).slice(0, 4).map((one) => ({
    label: `${one.name} (group)`,
    open: () => go({ page: "world", table, focus: one.name, partner: "", view: "map" }, true),
  }));
  const found: Hit[] = [];
  for (const cut of asked.matchAll(/ (?:to |and |in )?/g)) {
    const here = end(asked.slice(0, cut.index).trim());
    const there = end(asked.slice(cut.index + cut[0].length).trim());
    if (!here || !there || here.code === there.code || (here.place && there.place)) continue;
    found.push({
      label: `${here.title} and ${there.title}: people and money between them`,
      open: () => go({ page: "world", table, focus: there.code, partner: here.code, view: "map" }, true),
    });
    break;
  }
  const cuts = [...asked.matchAll(/ (?:to )?/g)];
  for (const cut of cuts) {
    const [born] = places(asked.slice(0, cut.index).trim());
    const [lives] = places(asked.slice(cut.index + cut[0].length).trim());
    if (!born || !lives || born === lives) continue;
    const corridor = `${born.code}-${lives.code}`;
    found.push({
      label: `${born.short} → ${lives.short} (corridor)`,
      open: () => go({ page: "corridor", corridor }, true),
    });
    break;
  }
  const direct = places(asked).slice(0, 8);
  const exact = direct.filter((one) => rank(one, asked) === 0).map((one) => opened(one));
  const others = direct.filter((one) => rank(one, asked) > 0).map((one) => opened(one));
  const [group] = groups(asked);
  const named = group && [group.name, ...group.aliases].map(plain).includes(asked);
  const hit = named ? [...groupHits, ...exact, ...others] : [...exact, ...others, ...groupHits];
  const every = [...hit, ...found, ...topics(asked)];
  return every.length ? every : meant(asked).map((one) => opened(one, "Did you mean "));
}

export function Search() {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const [open, setOpen] = useState(false);
  const list = open ? hits(text) : [];
  const choose = (hit: Hit | undefined): void => {
    if (!hit) return;
    hit.open();
    setOpen(false);
    setText("");
    box.current?.blur();
  };
  return (
    <div class="search" role="search">
      <input
        ref={box}
        id="search"
        type="text"
        role="combobox"
        placeholder="Place, group, corridor, topic  /"
        aria-label="Search a place or a corridor"
        aria-expanded={list.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={list.length ? `${id}-${place}` : undefined}
        autocomplete="off"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setPlace(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setPlace(Math.min(list.length - 1, place + 1));
          else if (event.key === "ArrowUp") setPlace(Math.max(0, place - 1));
          else if (event.key === "Enter") choose(list[place]);
          else if (event.key === "Escape") setOpen(false);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Found" hidden={list.length === 0}>
        {list.map((hit, i) => (
          <li
            key={hit.label}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === place}
            onPointerDown={(event) => {
              event.preventDefault();
              choose(hit);
            }}
          >
            {hit.label}
          </li>
        ))}
      </ul>
      {open && plain(text) !== "" && list.length === 0 && (
        <p class="nothing" role="status">Nothing found for “{text.trim()}”: try a country, a code, GCC, “Philippines GCC” or remittances.</p>
      )}
    </div>
  );
}
