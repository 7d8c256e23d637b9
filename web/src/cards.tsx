// One corridor, one place: what the figures say, each with its year, kind and source.
import { rowsOf } from "./api";
import { written } from "./format";
import { sourceLine } from "./download";
import { Gains, modelled } from "./gains";
import { Lines, type Line } from "./lines";
import { useAnswer } from "./load";
import { Badge, Downloads, Failure, Place, Select, SourceLink, Sources, Waiting } from "./parts";
import { area, EMPTY, go, link, members, meta, name, palette, state } from "./state";
import { change } from "./solving";
import type { Row, Values } from "./rows";
import type { Card, World } from "./types";

const SECTIONS: Record<string, string> = {
  people: "People",
  "largest corridors": "Largest corridors",
  refugees: "Refugees and others of concern",
  money: "Money",
  rules: "Rules",
  economy: "Economy",
  capital: "Capital",
  distance: "Distance",
  forecast: "What comes next",
  facts: "Facts",
};

const FIGURES: Record<string, string> = {
  share_of_emigrants: "Share of all who left their birthplace",
  share_of_population_at_home: "Share of the people at home",
};

function words(figure: string): string {
  if (figure in FIGURES) return FIGURES[figure]!;
  const text = figure.replaceAll("_", " ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function about(row: Row): string {
  const end = (code: Row[string] | undefined): string => (code === "all" ? "everywhere" : code ? name(String(code)) : "");
  if (row.birthplace && row.residence) {
    const paid = String(row.unit) === "USD";
    return paid ? `${end(row.residence)} → ${end(row.birthplace)}` : `${end(row.birthplace)} → ${end(row.residence)}`;
  }
  return row.area && row.area !== "all" ? name(String(row.area)) : "";
}

/** The last row of every series with a value, and how many earlier ones there are. */
function latest(rows: Row[]): { row: Row; series: Row[] }[] {
  const series = new Map<string, Row[]>();
  for (const row of rows) {
    const place = [row.figure, row.area, row.birthplace, row.residence, row.unit, row.table].join("|");
    series.set(place, [...(series.get(place) ?? []), row]);
  }
  return [...series.values()].map((every) => {
    const known = every.filter((one) => one.value !== null);
    return { row: known[known.length - 1] ?? every[every.length - 1]!, series: every };
  });
}

function Figures({ card }: { card: Card }) {
  const rows = rowsOf(card);
  const sections = [...new Set(rows.map((row) => String(row.section)))];
  return (
    <>
      <p class="paper muted">On paper each table has its first rows; the CSV of this card has all.</p>
      <div class="sections">
      {sections.map((section) => (
        <details key={section} open={section !== "largest corridors"} class="section">
          <summary>
            <h2>{SECTIONS[section] ?? words(section)}</h2>
          </summary>
          <div class="scroll" role="region" tabIndex={0} aria-label={SECTIONS[section] ?? section}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Figure</th>
                  <th scope="col">Of</th>
                  <th scope="col" class="number">Year</th>
                  <th scope="col" class="number">Value</th>
                  <th scope="col">Kind</th>
                  <th scope="col">Source</th>
                </tr>
              </thead>
              <tbody>
                {latest(rows.filter((row) => row.section === section)).map(({ row, series }, place) => (
                  <tr key={place}>
                    <th scope="row">
                      {words(String(row.figure))}
                      {row.note && row.note !== "no data" && <span class="under note">{row.note}</span>}
                    </th>
                    <td>{about(row)}</td>
                    <td class="number">{row.year}</td>
                    <td class="number figure" title={series.length > 1 ? history(series) : undefined}>
                      {written(row.value as number | null, String(row.unit))}
                    </td>
                    <td>
                      <Badge kind={String(row.kind ?? "")} />
                    </td>
                    <td>
                      <SourceLink source={String(row.source ?? "")} table={String(row.table ?? "")} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      ))}
      </div>
      <Sources sources={card.sources} />
    </>
  );
}

function history(series: Row[]): string {
  return series.map((one) => `${one.year}: ${written(one.value as number | null, String(one.unit))}`).join("\n");
}

function points(rows: Row[], wanted: Partial<Row>): [number, number][] {
  return rows
    .filter((row) => Object.entries(wanted).every(([k, v]) => row[k] === v) && row.value !== null && row.year !== null)
    .map((row) => [row.year as number, row.value as number]);
}

/** Migrants by edition: lines side by side, never one line across editions. */
function stockLines(rows: Row[], ends: { birthplace: string; residence: string }, label: string, colour: string): Line[] {
  return Object.entries(meta.value.editions)
    .map(([table, edition], place) => ({
      label: `${label}, ${edition}`,
      colour,
      ...(place < 2 && { dash: place ? "6 4" : "2 4" }),
      points: points(rows, { section: "people", figure: "migrants", table, ...ends }),
    }))
    .filter((one) => one.points.length > 0);
}

// --- a corridor --------------------------------------------------------------------------------

export function CorridorPage() {
  const [born = "MEX", lives = "USA"] = state.value.corridor.split("-");
  const { value, error } = useAnswer<Card>(`corridors/${born}/${lives}`);
  if (error) return <Failure error={error} />;
  if (!value) return <Waiting what="the corridor" />;
  const rows = rowsOf(value);
  const colours = palette.value;
  const stock = (birthplace: string, residence: string): Row | undefined =>
    latest(rows.filter((row) => row.figure === "migrants" && row.table === "stocks_2024" && row.birthplace === birthplace && row.residence === residence))[0]?.row;
  const [there, back] = [stock(born, lives), stock(lives, born)];
  const people = (row: Row | undefined): string => (row ? written(row.value as number | null, "persons") : "no data");
  const lines = [
    ...stockLines(rows, { birthplace: born, residence: lives }, `${name(born)} → ${name(lives)}`, colours.arriving),
    ...stockLines(rows, { birthplace: lives, residence: born }, `${name(lives)} → ${name(born)}`, colours.leaving),
  ];
  return (
    <>
      <h1>
        {name(born)} ⇄ {name(lives)}
      </h1>
      <p class="lead">
        {people(there)} people {citizens(there) ? "with the citizenship of" : "born in"} <Place code={born} /> live in{" "}
        <Place code={lives} />, {people(back)} the other way round ({there?.year ?? back?.year ?? "no year"}).
        {(citizens(there) || citizens(back)) && " Citizens are counted here, not birthplaces."}
      </p>
      <p class="row">
        <button type="button" onClick={() => go({ corridor: `${lives}-${born}` }, true)}>
          Turn around
        </button>
        <a href={link({ page: "world", focus: born, view: "map" })}>{name(born)} on the map</a>
        <a href={link({ page: "world", focus: lives, view: "map" })}>{name(lives)} on the map</a>
      </p>
      <Moved born={born} lives={lives} />
      <div class="beside-chart">
        <Lines title={`${name(born)} and ${name(lives)}, by edition of the figures`} unit="persons" lines={lines} source={told(value)} />
        <IfRow born={born} lives={lives} />
      </div>
      <Gains scenario={EMPTY} ends={[born, lives]} file={`corridor-${born}-${lives}`} source={modelled("without a lever")} />
      <Figures card={value} />
      <Downloads file={`corridor-${born}-${lives}`} title={value.title} rows={() => rows} sources={value.sources} />
    </>
  );
}

const citizens = (row: Row | undefined): boolean => String(row?.note ?? "").includes("citizens counted");

/** The publishers of a card's stocks in a line. */
function told(card: Card): string {
  return card.sources.filter((one) => one.table in meta.value.editions).map(sourceLine).join("; ");
}

/** Who moved in the last period, with the way to its map; and money, from payer to receiver. */
function Moved({ born, lives }: { born: string; lives: string }) {
  const year = meta.value.years.flows!.at(-1)!;
  const asked = { table: "flows", year, top: 1, area: lives, other: born };
  const { value } = useAnswer<World>("world", asked);
  if (!value?.focus) return null;
  return (
    <p>
      {value.focus.sentence} <Badge kind="modelled" />{" "}
      <a href={link({ page: "world", table: "flows", year, focus: lives, partner: born, view: "map", side: "total" })}>
        On the map of who moved
      </a>
    </p>
  );
}

/** Levers that act on one corridor, as ways into the scenario builder. */
function IfRow({ born, lives }: { born: string; lives: string }) {
  const levers = meta.value.levers.filter((one) => one.where && one.where.status === "all");
  return (
    <section aria-labelledby="if">
      <h2 id="if">What if, from {name(born)} to {name(lives)}</h2>
      <ul class="ifs">
      {levers.map((one) => {
        const values: Values = { birthplace: born, residence: lives };
        for (const field of one.fields) if (field.default !== null) values[field.name] = field.default;
        const title = `${one.title}: ${name(born)} to ${name(lives)}`;
        const scenario = { ...EMPTY, title, levers: [{ [one.name]: values }] };
        return (
          <li key={one.name}>
          <a
            href={link({ page: "scenario", scenario, kept: null })}
            onClick={(event) => {
              event.preventDefault();
              go({ page: "scenario" }, true);
              change(scenario); // a step: Undo gives back what was built before
            }}
          >
            {one.title}
          </a>{" "}
          <span class="muted">{one.help}</span>
          </li>
        );
      })}
      </ul>
    </section>
  );
}

// --- a place -----------------------------------------------------------------------------------

export function PlacePage() {
  const code = state.value.place;
  const { value, error } = useAnswer<Card>(`areas/${code}`);
  if (error) return <Failure error={error} />;
  if (!value) return <Waiting what="the place" />;
  const rows = rowsOf(value);
  const colours = palette.value;
  const one = area(code);
  const inside = members(code);
  return (
    <>
      <h1>{one?.name ?? value.title}</h1>
      <p class="row">
        <Select
          label="Place"
          value={code}
          options={[
            ...(one ? [] : [[code, code] as const]),
            ...meta.value.areas
              .filter((each) => each.longitude !== null)
              .toSorted((a, b) => a.name.localeCompare(b.name))
              .map((each) => [each.code, each.name] as const),
            ...meta.value.groups.filter((each) => each.name !== "all" && each.name !== code).map((each) => [each.name, `${each.name} (group)`] as const),
          ]}
          onChoose={(place) => go({ place }, true)}
        />
        <span class="muted">{[one?.region, one?.income_group].filter(Boolean).join(" · ")}</span>
        <a href={link({ page: "world", focus: code, view: "map" })}>On the map</a>
      </p>
      {!one && <p class="muted">People and money over the border of the group; what stays within it stands apart. {inside.map(name).join(", ")}.</p>}
      <Four rows={rows} code={code} />
      <Balance rows={rows} code={code} />
      <div class="beside-chart">
      <Partners rows={rows} code={code} />
      <Lines
        title={`${name(code)}, by edition of the figures`}
        unit="persons"
        source={told(value)}
        lines={[
          ...stockLines(rows, { birthplace: code, residence: "all" }, "from here, living abroad", colours.leaving),
          ...stockLines(rows, { birthplace: "all", residence: code }, "from abroad, living here", colours.arriving),
        ]}
      />
      </div>
      <Figures card={value} />
      <Downloads file={`place-${code}`} title={value.title} rows={() => rows} sources={value.sources} />
    </>
  );
}

function found(rows: Row[], figure: string, ends: Partial<Row> = {}): Row | null {
  const own = rows.filter((row) => row.figure === figure && Object.entries(ends).every(([k, v]) => row[k] === v));
  const known = own.filter((row) => row.value !== null);
  return known[known.length - 1] ?? null;
}

function Four({ rows, code }: { rows: Row[]; code: string }) {
  const last = { table: "stocks_2024" };
  const into = found(rows, "migrants", { ...last, birthplace: "all", residence: code });
  const single = area(code) !== undefined;
  const four: [string, Row | null][] = [
    ["Born here, living abroad", found(rows, "migrants", { ...last, birthplace: code, residence: "all" })],
    [into && citizens(into) ? "Citizens of elsewhere, living here" : "Born abroad, living here", into],
    single
      ? ["Remittances received, share of output", found(rows, "remittances_share_of_output")]
      : ["Remittances received from outside", found(rows, "remittances_received")],
    single ? ["Direct investment, inflow", found(rows, "direct_investment_inflow")] : ["Remittances sent outside", found(rows, "remittances_paid")],
  ];
  return (
    <dl class="four">
      {four.map(([title, row]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            <b>{row ? written(row.value as number, String(row.unit)) : "no data"}</b>
            {row && (
              <span>
                {row.year} <Badge kind={String(row.kind)} />
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Side_ = [title: string, sides: string, out: Row | null, into: Row | null, colour: string];

/** What comes in to the right, what goes out to the left, one zero line; scales by row. */
function Balance({ rows, code }: { rows: Row[]; code: string }) {
  const colours = palette.value;
  const last = { table: "stocks_2024" };
  const lines: Side_[] = [
    [
      "People",
      "people from here abroad | people from abroad here",
      found(rows, "migrants", { ...last, birthplace: code, residence: "all" }),
      found(rows, "migrants", { ...last, birthplace: "all", residence: code }),
      colours.arriving,
    ],
    ["Money", "remittances paid | received", found(rows, "remittances_paid"), found(rows, "remittances_received"), colours.remittances],
    ...(area(code) ? [["Capital", "paid out: no table | direct investment, inflow", null, found(rows, "direct_investment_inflow"), colours.capital] satisfies Side_] : []),
  ];
  return (
    <section aria-labelledby="balance">
      <h2 id="balance">Balance</h2>
      <div class="balance">
        {lines.map(([title, sides, out, into, colour]) => {
          const most = Math.max(1e-9, Math.abs((out?.value as number) ?? 0), Math.abs((into?.value as number) ?? 0));
          const long = (row: Row | null): number => (190 * Math.abs((row?.value as number) ?? 0)) / most;
          const label = (row: Row | null): string => (row ? `${written(row.value as number, String(row.unit))} (${row.year})` : "no data");
          const words = `${title}: ${sides}: ${label(out)} | ${label(into)}`;
          return (
            <div key={title} class="side-by-side">
              <h3>{title}</h3>
              <svg viewBox="0 0 400 44" role="img" aria-label={words}>
                <rect x={200 - long(out)} y="4" width={long(out)} height="16" fill={title === "People" ? colours.leaving : colour} />
                <rect x="200" y="4" width={long(into)} height="16" fill={colour} />
                <line x1="200" x2="200" y1="0" y2="24" stroke="var(--ink)" />
                <text x="194" y="38" text-anchor="end">← {label(out)}</text>
                <text x="206" y="38">{label(into)} →</text>
              </svg>
              <p class="muted">{sides}</p>
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** Largest partners both ways; a partner opens as the new middle. */
function Partners({ rows, code }: { rows: Row[]; code: string }) {
  const own = rows.filter((row) => row.section === "largest corridors" && row.table === "stocks_2024");
  const out = own.filter((row) => row.birthplace === code);
  const into = own.filter((row) => row.residence === code);
  const most = Math.max(1, ...own.map((row) => (row.value as number) ?? 0));
  const side = (title: string, list: Row[], end: "birthplace" | "residence") => (
    <div>
      <h3>{title}</h3>
      {list.length === 0 && <p class="muted">no data</p>}
      <ol class="ranking">
        {list.map((row) => (
          <li key={String(row[end])}>
            <a href={link({ page: "place", place: String(row[end]) })}>
              <span class="ends">{name(String(row[end]))}</span>
              <span class="value">{written(row.value as number, "persons")}</span>
              <Badge kind={String(row.kind)} />
              <meter min={0} max={most} value={row.value as number} aria-hidden="true" />
            </a>
            <a class="more" href={area(code) ? link({ page: "corridor", corridor: `${row.birthplace}-${row.residence}` }) : link({ page: "world", focus: code, partner: String(row[end]), view: "map" })}>
              {area(code) ? "Card" : "Map"}<span class="unseen"> of {name(String(row.birthplace))} and {name(String(row.residence))}</span>
            </a>
          </li>
        ))}
      </ol>
    </div>
  );
  return (
    <section aria-labelledby="partners">
      <h2 id="partners">Largest partners in {String(own[0]?.year ?? "")}</h2>
      <div class="two">
        {side(`People born in ${name(code)} live in`, out, "residence")}
        {side(into.some(citizens) ? `People in ${name(code)} are citizens of` : `People in ${name(code)} were born in`, into, "birthplace")}
      </div>
    </section>
  );
}
