// The world: map, chord or table of one year, and the list that mirrors the map.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { rowsOf } from "./api";
import { ChordView } from "./chord";
import { save, slug, sourceLine } from "./download";
import { money, persons, written } from "./format";
import { EveryName } from "./levers";
import { useAnswer } from "./load";
import { end, plain } from "./search";
import { change } from "./solving";
import { FlowMap, key, picture, svg, type Asked, type Node } from "./map";
import { Badge, Downloads, Failure, Range, Select, Table, Tabs, Waiting } from "./parts";
import { dragged, go, link, EMPTY, members, meta, name, notice, state, type Side } from "./state";
import type { Flow, Kind, Row } from "./rows";
import type { Columns, World } from "./types";

export const MONEY = "remittances_by_corridor";
export const FLOWS = "flows";

/** The year of the money beside people: the last one there is. */
const PAID = 2018;

/** What is left of both ways of a pair, as one flow of the larger one's direction. */
function netted(flows: Flow[]): Flow[] {
  const back = new Map(flows.map((one) => [key(one), one.value]));
  return flows
    .map((one) => ({ ...one, value: one.value - (back.get(`${one.residence}-${one.birthplace}`) ?? 0) }))
    .filter((one) => one.value > 0)
    .sort((a, b) => b.value - a.value)
    .map(({ least: _least, most: _most, ...one }) => one);
}

const named = (focus: string): string => name(focus);

export function flowsOf(table: Columns): Flow[] {
  return rowsOf(table).map((row) => ({
    birthplace: row.birthplace as string,
    residence: row.residence as string,
    value: row.value as number,
    kind: row.kind as Kind,
    ...(row.most !== undefined && { least: row.least as number, most: row.most as number }),
  }));
}

function nodesOf(table: Columns, side: Side, paid: boolean): Node[] {
  return rowsOf(table)
    .map((row) => {
      const into = row[paid ? "birthplace" : "residence"] as number;
      const out = row[paid ? "residence" : "birthplace"] as number;
      const sizes: Record<Side, number> = { total: into + out, in: into, out, net: Math.abs(into - out) };
      const arriving = side === "in" ? 1 : side === "out" ? 0 : into / (into + out || 1);
      return { code: row.area as string, size: sizes[side], arriving };
    })
    .filter((one) => one.size > 0)
    .sort((a, b) => b.size - a.size);
}

export function WorldPage() {
  const now = state.value;
  const paid = now.table === MONEY;
  const moved = now.table === FLOWS;
  const unit = paid ? "USD" : "persons";
  const asked: Record<string, string | number> = { table: now.table, year: now.year, top: 500 };
  const world = useAnswer<World>("world", asked);
  const whose = { area: now.focus, ...(now.partner && { other: now.partner }) };
  const own = useAnswer<World>(now.focus ? "world" : "", { ...asked, ...whose });
  const money_ = useAnswer<World>(now.focus && !paid && !moved ? "world" : "", { table: MONEY, year: PAID, top: 500, ...whose });
  const [chosen, setChosen] = useState(now.row);
  const value = world.value;
  const focused = now.focus ? own.value : null;
  const flows = useMemo(() => {
    const table = (focused ?? value)?.corridors;
    if (!table) return [];
    const inside = new Set(members(now.focus));
    const sides = (one: Flow): boolean =>
      !now.focus || (now.side !== "in" && now.side !== "out")
        ? true
        : inside.has(now.side === "in" ? (paid ? one.birthplace : one.residence) : paid ? one.residence : one.birthplace);
    const every = flowsOf(table);
    return (now.focus && now.side === "net" ? netted(every) : every)
      .filter((one) => one.value >= now.least && sides(one))
      .slice(0, now.top);
  }, [value, focused, now.top, now.least, now.side, now.focus, now.partner]);
  const nodes = useMemo(() => (value ? nodesOf(value.areas, now.side, paid) : []), [value, now.side]);
  const map = useRef<HTMLDivElement>(null);
  if (world.error) return <Failure error={world.error} />;
  if (!value) return <Waiting what="the world" />;

  const write = paid ? money : persons;
  if (own.error) return <Failure error={own.error} />;
  const title = now.focus ? (focused?.focus?.sentence ?? `${name(now.focus)} …`) : value.sentence;
  const inside = members(now.focus);
  const single = inside.length === 1 ? inside[0]! : "";
  const side = now.focus ? "total" : now.side;
  const drawing: Asked = {
    flows,
    nodes: now.focus ? nodes.filter((one) => inside.includes(one.code) || touched(flows, one.code)) : nodes,
    tone: paid ? "money" : "stock",
    focus: single,
    ...(now.focus && { within: inside }),
    chosen,
    title,
    legend:
      `Line width in proportion to ${paid ? "money" : "people"} (at least 1 px), arrow: ` +
      `${paid ? "to whom it is sent" : moved ? "from where they lived first to where they lived then" : "from birthplace to residence"}. Circle area: ` +
      `${{ total: "in and out", in: "in", out: "out", net: "net" }[side]}; ` +
      `${paid ? "green: more received, grey: more sent" : moved ? "blue: more came, orange: more went" : "blue: more live there, orange: more left"}.${now.focus && !paid ? ` Lines: blue into ${named(now.focus)}, orange out of it.` : ""} The ${flows.length} largest of ${focused?.of ?? value.of} corridors.`,
    write,
    onPlace: (code) => go({ focus: code === now.focus ? "" : code, partner: "" }, true),
    onFlow: (flow) => go({ page: "corridor", corridor: key(flow) }, true),
    onHover: (flow) => setChosen(flow ? key(flow) : ""),
    of: { table: now.table, year: now.year },
    kept: { zoom: now.zoom, onZoom: (zoom) => zoom !== state.value.zoom && dragged({ zoom }) },
  };
  const source = sourceLine(value.source);
  const file = `corridors-${now.table}-${now.year}${now.focus ? `-${slug(now.focus)}` : ""}${now.partner ? `-${slug(now.partner)}` : ""}`;
  // Of a payment the payer stands first: the axes of people would read as its reverse.
  const rows = (): Row[] =>
    flows.map(({ birthplace, residence, value: size, kind, ...more }) => {
      const [from, to] = paid ? [residence, birthplace] : [birthplace, residence];
      const [a, b] = paid ? ["payer", "receiver"] : moved ? ["origin", "destination"] : ["birthplace", "residence"];
      const [names, ends] = [{ [`${a}_name`]: name(from), [`${b}_name`]: name(to) }, { [a!]: from, [b!]: to }];
      return { ...ends, value: size, kind, ...more, year: now.year, unit, ...names };
    });
  return (
    <>
      <h1>{title}</h1>
      {now.focus && money_.value?.focus && !moved && <p class="lead">{money_.value.focus.sentence} <Badge kind="modelled" /></p>}
      <p class="muted about">
        {kinds(value)} Source: <a href={link({ page: "data", source: now.table })}>{source}</a>
        {value.unknown_origin > 0 && ` ${written(value.unknown_origin / value.total, "share")} are of unknown origin and not drawn.`}
      </p>
      <Folded label={`${{ stock: "Stock", flow: "Flow", money: "Money" }[paid ? "money" : moved ? "flow" : "stock"]}, ${years(now.table, now.year)}, ${now.view}`}>
        <Controls value={value} />
      </Folded>
      <EveryName />
      <div class="split">
        <section class="main" aria-label="Picture" ref={map}>
          {now.view === "map" && <FlowMap {...drawing} />}
          {now.view === "chord" && <ChordView table={now.table} year={now.year} unit={unit} source={source} />}
          {now.view === "table" && <FlowTable flows={flows} unit={unit} year={now.year} />}
          {now.view !== "chord" && <Downloads
            file={file}
            title={title}
            rows={rows}
            sources={[value.source]}
            more={
              now.view === "map" && (
                <>
                  <button
                    type="button"
                    onClick={async () => save(`${file}.png`, await picture(drawing, title, source))}
                  >
                    PNG
                  </button>
                  <button
                    type="button"
                    onClick={async () => save(`${file}.svg`, await svg(drawing, title, source), "image/svg+xml")}
                  >
                    SVG
                  </button>
                </>
              )
            }
          />}
        </section>
        <Ranking flows={flows} of={focused?.of ?? value.of} write={write} chosen={chosen} onChoose={setChosen} />
      </div>
    </>
  );
}

function touched(flows: Flow[], code: string): boolean {
  return flows.some((one) => one.birthplace === code || one.residence === code);
}

function kinds(value: World): string {
  const parts = Object.entries(value.by_kind).sort((a, b) => b[1] - a[1]);
  return `${parts.map(([kind, size]) => `${written(size / value.total, "share")} ${kind}`).join(", ")}.`;
}

/** A flow is of the years up to its own: five, but four in the last period. */
function years(table: string, year: number): string {
  if (table !== FLOWS) return String(year);
  const every = meta.value.years[FLOWS]!;
  return `${every[every.indexOf(year) - 1] ?? year - 5}\u2013${year}`;
}

const narrow = matchMedia("(max-width: 640px)");

/** On a phone the figures come first: what chooses them is one tap away. */
function Folded({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <details class="folded" open={!narrow.matches}>
      <summary>Shown: {label}. Change it</summary>
      {children}
    </details>
  );
}

function Controls({ value }: { value: World }) {
  const now = state.value;
  const known = meta.value;
  const what = now.table === MONEY ? "money" : now.table === FLOWS ? "flow" : "stock";
  const tables = Object.entries(known.editions).map(([table, text]): [string, string] => [table, text.replace(/^edition of/, "United Nations,")]);
  const choose = (table: string): void => {
    const own = known.years[table]!;
    const year = own.includes(now.year) ? now.year : own.reduce((a, b) => (Math.abs(b - now.year) < Math.abs(a - now.year) ? b : a));
    go({ table, year, least: 0 });
  };
  return (
    <div class="controls">
      <Tabs
        label="What moves"
        options={[["stock", "Stock"], ["flow", "Flow"], ["money", "Money"]]}
        value={what}
        onChoose={(one) => one !== what && choose(one === "money" ? MONEY : one === "flow" ? FLOWS : "stocks_2024")}
      />
      {what === "stock" && <Select label="Figures of" options={tables} value={now.table} onChoose={choose} />}
      <Tabs
        label="View"
        options={[["map", "Map"], ["chord", "Chord"], ["table", "Table"]]}
        value={now.view}
        onChoose={(view) => go({ view })}
      />
      {now.view !== "chord" && (
      <Tabs
        label={now.focus ? "Direction" : "Circles show"}
        options={now.focus
          ? [["total", "Both"], ["in", "In"], ["out", "Out"], ["net", "Net"]]
          : [["total", "In and out"], ["in", "In"], ["out", "Out"], ["net", "Net"]]}
        value={now.side}
        onChoose={(side) => go({ side })}
      />
      )}
      <Years years={known.years[now.table]!} />
      {now.view !== "chord" && <><Range
        label="Largest"
        value={now.top}
        lower={10}
        upper={500}
        step={10}
        words={`the ${now.top} largest corridors`}
        mark={150}
        widest={[1, 500]}
        onInput={(top) => go({ top: Math.round(top) })}
      />
      <Least most={(value.corridors.rows[0]?.[2] as number) ?? 1} unit={value.unit} />
      <label class="choice check">
        <input type="checkbox" checked={now.pacific} onChange={(event) => go({ pacific: event.currentTarget.checked })} />
        <span>Pacific in the middle</span>
      </label>
      </>}
      <Asked_ label="Focus" value={now.focus} onChoose={(focus) => go({ focus, region: "", partner: focus ? now.partner : "" }, true)} />
      {now.focus && now.view !== "chord" && <Asked_ label="and" value={now.partner} onChoose={(partner) => go({ partner }, true)} />}
      {now.focus && (
        <span class="row">
          <a href={link({ page: "place", place: now.focus })}>Profile of {name(now.focus)}</a>
          <button
            type="button"
            onClick={() => {
              const [here, there] = now.partner ? [now.partner, now.focus] : [now.focus, "all"];
              const use = { remittance_cost: { cost_share: 0.03, birthplace: list(here), residence: list(there) } };
              go({ page: "scenario" }, true);
              const title = `Sending money to ${name(here)} costs 3 %`;
              change({ ...EMPTY, title, focus: [list(here)].flat(), levers: [use] });
            }}
          >
            What if sending money to {name(now.partner || now.focus)} cost 3 %
          </button>
          <button type="button" onClick={() => go({ focus: "", partner: "" }, true)}>
            Whole world (Esc)
          </button>
        </span>
      )}
    </div>
  );
}

const list = (text: string): string | string[] => (text.includes(",") ? text.split(",").map((one) => one.trim()) : text);

/** A place, a group, or several with commas. */
function Asked_({ label, value, onChoose }: { label: string; value: string; onChoose: (text: string) => void }) {
  return (
    <label class="choice">
      <span>{label}</span>
      <input
        type="text"
        list="every-name"
        placeholder="place, group or list"
        autocomplete="off"
        value={value && name(value)}
        onChange={(event) => {
          const typed = event.currentTarget.value.split(",").map((one) => one.trim()).filter(Boolean);
          const codes = typed.map((one) => end(plain(one))?.code ?? "");
          if (codes.includes("")) notice.value = `Not known: ${typed[codes.indexOf("")]}.`;
          else onChoose(codes.join(","));
        }}
      />
    </label>
  );
}

/** At least so many: a slider over powers of ten. */
function Least({ most, unit }: { most: number; unit: string }) {
  const { least } = state.value;
  const top = Math.log10(most);
  const place = least > 0 ? Math.max(1, Math.log10(least)) : 1;
  return (
    <div class="range">
      <label for="least">At least</label>
      <input
        id="least"
        type="range"
        min="1"
        max={top}
        step="0.05"
        value={place}
        aria-valuetext={least > 0 ? `at least ${written(least, unit)}` : "every corridor"}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          go({ least: value <= 1 ? 0 : Math.round(10 ** value) });
        }}
      />
      <input
        type="number"
        aria-label="At least, as a number"
        min="0"
        value={least}
        onChange={(event) => go({ least: Math.max(0, event.currentTarget.valueAsNumber || 0) })}
      />
    </div>
  );
}

function Years({ years: every }: { years: number[] }) {
  const now = state.value;
  const [playing, setPlaying] = useState(false);
  const place = Math.max(0, every.indexOf(now.year));
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (place + 1 < every.length) go({ year: every[place + 1]! });
      else setPlaying(false);
    }, 1200);
    return () => clearTimeout(timer);
  }, [playing, now.year]);
  return (
    <div class="range years">
      <label for="year">{now.table === FLOWS ? "Years" : "Year"}</label>
      <input
        id="year"
        type="range"
        min="0"
        max={every.length - 1}
        step="1"
        value={place}
        aria-valuetext={years(now.table, now.year)}
        onInput={(event) => go({ year: every[event.currentTarget.valueAsNumber]! })}
      />
      <output for="year">{years(now.table, now.year)}</output>
      <button
        type="button"
        onClick={() => {
          if (!playing && place === every.length - 1) go({ year: every[0]! });
          setPlaying(!playing);
        }}
      >
        {playing ? "Stop" : "Play"}
      </button>
    </div>
  );
}

interface Ranked {
  flows: Flow[];
  of: number;
  write: (value: number) => string;
  chosen: string;
  onChoose: (key: string) => void;
}

/** The list is the map for keyboard and screen reader: arrows move, left and right turn around. */
function Ranking({ flows, of, write, chosen, onChoose }: Ranked) {
  const list = useRef<HTMLOListElement>(null);
  const most = Math.max(1, ...flows.map((one) => one.value));
  const current = Math.max(0, flows.findIndex((one) => key(one) === chosen));
  const focus = (place: number): void => {
    list.current?.querySelectorAll<HTMLAnchorElement>("a")[place]?.focus();
  };
  const moved = (event: KeyboardEvent): void => {
    const here = flows[current];
    if (!here) return;
    const back = flows.findIndex((one) => one.birthplace === here.residence && one.residence === here.birthplace);
    const to: Record<string, number> = {
      ArrowDown: Math.min(flows.length - 1, current + 1),
      ArrowUp: Math.max(0, current - 1),
      Home: 0,
      End: flows.length - 1,
      ArrowLeft: back,
      ArrowRight: back,
    };
    const place = to[event.key];
    if (place === undefined || place < 0) return;
    event.preventDefault();
    focus(place);
  };
  // Back from a card: the list is where it was left.
  useEffect(() => {
    const row = list.current?.querySelector<HTMLAnchorElement>(`a[data-key="${state.value.row}"]`);
    if (!row || document.activeElement !== document.body) return;
    row.focus({ preventScroll: true });
    list.current!.scrollTop = row.offsetTop - list.current!.offsetTop - list.current!.clientHeight / 2;
  }, [flows.length > 0]);
  const paid = state.value.table === MONEY;
  const total = flows.reduce((sum, one) => sum + one.value, 0);
  return (
    <section class="side" aria-labelledby="ranked">
      <h2 id="ranked">
        Largest {state.value.table === FLOWS ? "flows" : "corridors"}
        {paid && ", from payer to receiver"}
        {state.value.focus && state.value.side === "net" && ", net"}
      </h2>
      <p class="muted" role="note">
        {flows.length} of {of} shown, together {write(total)}. {flows.length === 0 && "None is that large: lower “At least”. "}
        <span class="screen">Arrow keys move, left and right turn
        around, Enter opens.</span>
      </p>
      <ol class="ranking" ref={list} onKeyDown={moved}>
        {flows.map((one, place) => (
          <li key={key(one)}>
            <a
              href={link({ page: "corridor", corridor: key(one) })}
              tabIndex={place === current ? 0 : -1}
              class={key(one) === chosen ? "chosen" : ""}
              data-key={key(one)}
              onFocus={() => {
                onChoose(key(one));
                if (state.value.row !== key(one)) go({ row: key(one) });
              }}
              onPointerEnter={() => onChoose(key(one))}
            >
              <span class="ends">
                {paid ? name(one.residence) : name(one.birthplace)} → {paid ? name(one.birthplace) : name(one.residence)}
              </span>
              <span class="value">{write(one.value)}</span>
              <Badge kind={one.kind} />
              {one.most !== undefined && (
                <span class="under muted">six methods: {write(one.least ?? 0)} – {write(one.most)}</span>
              )}
              <meter class={paid ? "money" : ""} min={0} max={most} value={one.value} aria-hidden="true" />
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

function FlowTable({ flows, unit, year }: { flows: Flow[]; unit: string; year: number }) {
  const moved = state.value.table === FLOWS;
  const rows = flows.map((one) => ({ ...one, born: name(one.birthplace), lives: name(one.residence), year }));
  return (
    <Table
      caption="Corridors shown"
      rows={rows}
      page={100}
      columns={[
        ...(unit === "USD"
          ? [{ key: "lives", title: "Sent from" }, { key: "born", title: "Received in" }]
          : [{ key: "born", title: moved ? "From" : "Born in" }, { key: "lives", title: moved ? "To" : "Living in" }]),
        { key: "value", title: unit === "USD" ? "US$" : "People", unit },
        ...(moved ? [{ key: "least", title: "Least of six methods", unit }, { key: "most", title: "Most of six methods", unit }] : []),
        { key: "kind", title: "Kind", show: (row) => <Badge kind={row.kind as Kind} /> },
        {
          key: "open",
          title: "Card",
          show: (row) => (
            <a href={link({ page: "corridor", corridor: `${row.birthplace}-${row.residence}` })}>Open</a>
          ),
        },
      ]}
    />
  );
}
