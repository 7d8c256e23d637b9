// Find a place or a corridor: `/`, letters with or without accents, codes, former names.
import { useId, useRef, useState } from "preact/hooks";
import { go, meta } from "./state";
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

function hits(text: string): Hit[] {
  const asked = plain(text);
  if (!asked) return [];
  const found: Hit[] = [];
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
  const direct = places(asked).slice(0, 8).map((one) => ({
    label: `${one.name} (${one.code})`,
    open: () => go({ page: "place", place: one.code }, true),
  }));
  return direct.length ? [...direct, ...found] : found;
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
        placeholder="Search place or corridor  /"
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
    </div>
  );
}
