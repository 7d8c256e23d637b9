// Journeys: people by place and day, room and shortfall, what another rule would change.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { rowsOf } from "./api";
import { between, crowd, date, fullness, outside, read, room, sentence, title, withWhatIf, type Journey } from "./days";
import { Pictures } from "./figure";
import { interval, number, persons } from "./format";
import { Fan, inWords, Strip } from "./journey-charts";
import { JourneyMap, journeySheet } from "./journey-map";
import { useAnswer } from "./load";
import { bodyOf, OWN, OwnForm } from "./own";
import { Badge, Downloads, Failure, Select, Table, Tabs, Waiting } from "./parts";
import { dragged, go, link, meta, state } from "./state";
import type { Row } from "./rows";
import type { Journey as Told } from "./types";

interface Listed {
  journeys: { name: string; title: string; question: string; first_day: string; days: number }[];
}

const BASELINE = "baseline";

export function JourneyPage() {
  const list = useAnswer<Listed>("journeys");
  const names = list.value?.journeys.map((file) => file.name) ?? [];
  const chosen = names.includes(state.value.journey) ? state.value.journey : (names[0] ?? "");
  const told = useAnswer<Told>(chosen && `journeys/${chosen}`);
  const { whatIf, stop, own } = state.value;
  const mine = useAnswer<Told>(chosen && own && `journeys/${chosen}/own`, {}, bodyOf(own));
  const error = list.error || told.error;
  if (error) return <Failure error={error} />;
  const value = (own && !mine.busy && mine.value) || told.value;
  if (!value || !list.value) return <Waiting what="the journey" />;
  const journey = read(value);
  const unknown = [
    state.value.journey !== "" && !names.includes(state.value.journey) && `journey “${state.value.journey}”`,
    whatIf !== "" && !(whatIf in value.what_ifs) && !(own && whatIf === OWN) && `what-if “${whatIf}”`,
    stop !== "" && !journey.stops.some((each) => each.name === stop) && `place “${stop}”`,
  ].filter(Boolean);
  return (
    <>
      <h1>{value.title}</h1>
      {own && mine.busy && <p class="muted">Running your own figures …</p>}
      {own && mine.error && <p class="failure" role="alert">Your own figures were not run: {mine.error} Below is the journey of the file.</p>}
      {unknown.length > 0 && <p class="failure" role="alert">The link has what this page does not know: {unknown.join(", ")}. What is there is shown instead.</p>}
      <Screen key={value.name} journey={journey} list={list.value} />
    </>
  );
}

/** Where the screen begins: the place that is short of beds, or the one with most people. */
function first(journey: Journey): number {
  const short = journey.shortfalls.find((row) => (row.probability as number) > 0);
  const at = journey.stops.findIndex((stop) => stop.name === short?.place);
  if (at >= 0) return at;
  const peaks = journey.people.map((own) => Math.max(0, ...own.map((crowd) => crowd?.persons ?? 0)));
  return peaks.indexOf(Math.max(...peaks));
}

/** The day that the sentence is about: the first one short of beds, or with most people at a place. */
function firstShort(journey: Journey, of = BASELINE): number {
  const days = journey.shortfalls.filter((row) => row.what_if === of && row.first_day).map((row) => journey.told.days.indexOf(String(row.first_day)));
  if (days.length) return Math.max(0, Math.min(...days));
  const crowds = journey.told.days.map((_, at) => Math.max(0, ...journey.people.map((own) => own[at]?.persons ?? 0)));
  return crowds.indexOf(Math.max(...crowds));
}

function Screen({ journey: baseline, list }: { journey: Journey; list: Listed }) {
  const now = state.value;
  const { told } = baseline;
  const whatIf = now.whatIf in told.what_ifs ? now.whatIf : "";
  const day = now.day < 0 ? firstShort(baseline, whatIf === OWN ? OWN : BASELINE) : Math.min(now.day, told.days.length - 1);
  const journey = withWhatIf(baseline, whatIf);
  const named = journey.stops.findIndex((stop) => stop.name === now.stop);
  const stop = named >= 0 ? named : first(baseline);
  const change = whatIf !== "" && now.change;
  const onDay = (next: number): void => dragged({ day: next });
  const onStop = (place: number): void => go({ stop: journey.stops[place]!.name });
  const drawing = { journey, day, whatIf: change ? whatIf : "", stop, onStop };
  const source = `corridors ${meta.value.version}, ${told.draws} draws, seed ${told.seed}, digest ${told.digest.slice(0, 16)}; modelled. ${whatIf === OWN ? `${told.what_ifs[OWN]}: assumed by the reader, of no source. ` : ""}${told.sources.join("; ")}`;
  const file = `journey-${told.name}${whatIf ? `-${whatIf}` : ""}`;
  const heading = `${told.title}, ${date(told.days[day]!)}${whatIf ? `: ${told.what_ifs[whatIf]}` : ""}`;
  return (
    <>
      <p class="question">{told.question}</p>
      <Sentences journey={journey} whatIf={whatIf} />
      <p class="muted">
        <Badge kind="modelled" /> <span class="source-line">Source: {source}</span>
      </p>
      <div class="controls">
        {list.journeys.length > 1 && (
          <Select
            label="Journey"
            value={told.name}
            options={list.journeys.map((file) => [file.name, file.title] as const)}
            onChoose={(next) => go({ journey: next, day: -1, stop: "", whatIf: "", own: "" }, true)}
          />
        )}
        <Select
          label="What if"
          value={whatIf}
          options={[["", "Nothing: the baseline"], ...Object.entries(told.what_ifs)]}
          onChoose={(next) => go({ whatIf: next })}
        />
        {whatIf && (
          <Tabs
            label="The map shows"
            options={[["with", "With the what-if"], ["change", "Change to the baseline"]]}
            value={change ? "change" : "with"}
            onChoose={(shows) => go({ change: shows === "change" })}
          />
        )}
      </div>
      <OwnForm key={`${told.name} ${now.own}`} journey={baseline} own={now.own} />
      <div>
        <Days days={told.days} day={day} onDay={onDay} />
        <div class="split walk">
          <section class="main" aria-label="Picture">
            <JourneyMap {...drawing} />
            <Downloads
              file={file}
              title={told.title}
              rows={() => downloaded(journey, whatIf)}
              sources={[source]}
              more={<Pictures file={`${file}-${told.days[day]}`} sheet={async () => journeySheet(drawing, heading, source)} />}
            />
            <Fan journey={journey} place={stop} day={day} source={source} onDay={onDay} />
          </section>
          <div class="side">
            <Places journey={journey} day={day} whatIf={whatIf} stop={stop} />
            <Shelters journey={journey} day={day} whatIf={whatIf} onDay={onDay} />
          </div>
        </div>
      </div>
      <Shortfalls journey={journey} />
      <Facts journey={journey} />
    </>
  );
}

function Sentences({ journey, whatIf }: { journey: Journey; whatIf: string }) {
  const of = (name: string): Row[] => journey.shortfalls.filter((row) => row.what_if === name);
  const lines = of(whatIf || BASELINE).map(sentence);
  if (journey.shortfalls.length === 0) return <p class="lead">No place has a known number of beds, so nothing can be said to be full.</p>;
  return (
    <div class="lead shortfall">
      {whatIf && <p>{journey.told.what_ifs[whatIf]}. {whatIf === OWN && <Badge kind="assumed" />}</p>}
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {whatIf && of(BASELINE).map((row) => <p class="muted" key={String(row.place)}>Baseline: {sentence(row)}</p>)}
    </div>
  );
}

const PACE = 450;

/** Days as dates: a slider, steps, and play. */
function Days({ days, day, onDay }: { days: string[]; day: number; onDay: (day: number) => void }) {
  const [playing, setPlaying] = useState(false);
  const last = days.length - 1;
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => (day < last ? onDay(day + 1) : setPlaying(false)), PACE);
    return () => clearTimeout(timer);
  }, [playing, day]);
  const play = (): void => {
    if (!playing && day === last) onDay(0);
    setPlaying(!playing);
  };
  return (
    <div class="range days">
      <button type="button" onClick={play}>{playing ? "Stop" : "Play"}</button>
      <button type="button" aria-label="A day back" disabled={day === 0} onClick={() => onDay(day - 1)}>◀</button>
      <label for="day" class="unseen">Day</label>
      <input
        id="day"
        type="range"
        min="0"
        max={last}
        step="1"
        value={day}
        aria-valuetext={`day ${day + 1}, ${date(days[day]!)}`}
        onInput={(event) => onDay(event.currentTarget.valueAsNumber)}
      />
      <button type="button" aria-label="A day on" disabled={day === last} onClick={() => onDay(day + 1)}>▶</button>
      <output for="day">
        day {day + 1} of {days.length}: {date(days[day]!)}
      </output>
    </div>
  );
}

interface Part {
  journey: Journey;
  day: number;
  whatIf: string;
}

/** The list is the map for keyboard and screen reader. */
function Places({ journey, day, whatIf, stop }: Part & { stop: number }) {
  const changes = journey.changes.get(whatIf);
  const before = journey.baseline;
  const shown = journey.stops
    .map((_, place) => place)
    .filter((place) => journey.people[place]![day] || before?.people[place]![day])
    .toSorted((a, b) => (journey.people[b]![day]?.persons ?? 0) - (journey.people[a]![day]?.persons ?? 0));
  return (
    <section class="there" aria-labelledby="there">
      <h2 id="there">Who is where, {date(journey.told.days[day]!)}{before && ", with the what-if"}</h2>
      {shown.length === 0 && <p class="muted">Nobody is on the way.</p>}
      <ol class="ranking places">
        {shown.map((place) => {
          const own = journey.people[place]![day];
          const change = changes?.[place]?.[day];
          const words = [inWords(own, room(journey, place, day)), outside(own)].filter(Boolean).join("; ");
          return (
            <li key={place}>
              <a
                href={link({ stop: journey.stops[place]!.name })}
                class={place === stop ? "chosen" : ""}
                aria-current={place === stop ? "true" : undefined}
              >
                <span class="ends">{title(journey.stops[place])}</span>
                <span class="value">
                  {crowd(own)}
                  {between(own) && <span class="muted"> ({between(own)})</span>}
                </span>
                <Badge kind="modelled" />
                {(words || before) && (
                  <span class="under muted">
                    {words}
                    {words && before && "; "}
                    {before && `baseline ${crowd(before.people[place]![day])}`}
                    {change && (change.persons === null ? ", change of fewer than 50" : `, ${persons(change.persons, true)}`)}
                  </span>
                )}
                <meter min={0} max={journey.most} value={own?.persons ?? 0} aria-hidden="true" />
              </a>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** People against beds over all days, for every shelter and every place that lacks them. */
function Shelters({ journey, day, whatIf, onDay }: Part & { onDay: (day: number) => void }) {
  const short = journey.shortfalls.map((row) => journey.stops.findIndex((stop) => stop.name === row.place));
  const places = [...new Set([...journey.rooms.map((room) => room.place), ...short])].filter((place) => place >= 0);
  if (places.length === 0) return null;
  const { days } = journey.told;
  const from = (place: number): string => {
    const rooms = journey.rooms.filter((room) => room.place === place);
    const own = room(journey, place, day) ?? rooms[0];
    if (!own || own.upper === 0) return "without a bed";
    const beds = own.lower === own.upper ? persons(own.lower) : interval(own.lower, own.upper, "persons");
    const whole = own.from === 0 && own.until >= days.length;
    const span = whole ? "" : own.until >= days.length ? `, from ${date(days[own.from]!)}` : `, ${date(days[own.from]!)} to ${date(days[own.until - 1]!)}`;
    return `${beds} beds${span}`;
  };
  return (
    <section class="rooms" aria-labelledby="room">
      <h2 id="room">People and beds, all days</h2>
      <p class="muted">
        Bars: people in the evening; line with a grey band: beds; hatched: more people than beds.
        {whatIf && " People and beds with the what-if; dashed: people of the baseline."}
      </p>
      {places.map((place) => {
        const own = journey.rooms.find((room) => room.place === place);
        const word = fullness(journey.people[place]![day], room(journey, place, day));
        return (
          <div class="shelter" key={place}>
            <h3>{title(journey.stops[place])}</h3>
            <p class="muted">
              {from(place)} {own?.kind && <Badge kind={own.kind} />} {own?.source && <Cited journey={journey} text={own.source} />}{" "}
              {word === "over" && <b>over on this day</b>}
            </p>
            <Strip journey={journey} place={place} day={day} onDay={onDay} />
          </div>
        );
      })}
      <p class="row ends-of muted" aria-hidden="true">
        <span>{date(days[0]!)}</span>
        <span>{date(days[days.length - 1]!)}</span>
      </p>
    </section>
  );
}

/** A source in words, each id it cites leading to its document. */
function Cited({ journey, text }: { journey: Journey; text: string }) {
  return (
    <span class="source">
      {text.split(/\b([A-Z]+\d+)\b/).map((part, at) => {
        const document = journey.documents.get(part);
        return document ? <Address key={at} of={document.address} title={`${document.publisher}, ${document.date}`}>{part}</Address> : part;
      })}
    </span>
  );
}

function Address({ of, title: words, children }: { of: string; title?: string; children: ComponentChildren }) {
  return /^https?:/.test(of) ? <a href={of} rel="noreferrer" title={words}>{children}</a> : <span title={words}>{children}</span>;
}

const TITLES: Record<string, [string, string]> = {
  probability: ["Draws with a shortfall", "share"],
  missing: ["Without a bed at the worst", "persons"],
  nights_missing: ["Nights without a bed", "number"],
  extra_places: ["Beds more for 9 in 10 draws", "persons"],
  peak: ["People at the peak", "persons"],
  lead_days: ["Days ahead", "days"],
};

function Shortfalls({ journey }: { journey: Journey }) {
  const { shortfalls, told } = journey;
  if (shortfalls.length === 0) return null;
  const known = Object.entries(TITLES).filter(([key]) => key in shortfalls[0]!);
  const spread = (row: Row, key: string, unit: string) => {
    const value = row[key];
    const write = unit === "share" ? `${Math.round(100 * (value as number))} of 100` : value === null ? "fewer than 50" : unit === "days" ? String(value) : unit === "number" ? number(value as number) : persons(value as number);
    const ends = [row[`${key}_lower_80`], row[`${key}_upper_80`]];
    if (ends[1] === undefined || value === null) return write;
    return `${write} (${interval((ends[0] as number) ?? 0, (ends[1] as number) ?? 0, "persons")})`;
  };
  return (
    <section class="missing" aria-labelledby="missing">
      <h2 id="missing">Beds that are missing, and what would change it</h2>
      <Table
        caption={`Medians, and in brackets 80 of 100 draws; ${told.draws} draws under the same luck`}
        rows={shortfalls.map((row) => ({ ...row, rule: told.what_ifs[String(row.what_if)] ?? "Baseline", where: String(row.place).replaceAll("_", " ") }))}
        columns={[
          { key: "rule", title: "What if" },
          { key: "where", title: "Place" },
          { key: "first_day", title: "First day short", show: (row) => (row.first_day ? `${date(String(row.first_day))}` : "never") },
          ...known.map(([key, [head, unit]]) => ({ key, title: head, unit, show: (row: Row) => spread(row, key, unit) })),
          { key: "kind", title: "Kind", show: () => <Badge kind="modelled" /> },
        ]}
      />
    </section>
  );
}

function Facts({ journey }: { journey: Journey }) {
  const { told } = journey;
  const documents = [...journey.documents.values()];
  const text = (value: Row[string] | undefined): string => (typeof value === "number" ? number(value) : String(value ?? ""));
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">What it rests on</h2>
      <ul>
        {told.sources.map((source) => (
          <li key={source}>{source}</li>
        ))}
        {told.warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <details>
        <summary>{told.figures.rows.length} figures that go in, each with its kind and source</summary>
        <Table
          caption="Lower and upper end of what was reported or may be assumed"
          page={100}
          rows={rowsOf(told.figures).map((row) => ({ ...row, name: String(row.name).replaceAll("_", " ") }))}
          columns={[
            { key: "name", title: "Figure" },
            { key: "lower", title: "Lower", unit: "number", show: (row) => text(row.lower) },
            { key: "upper", title: "Upper", unit: "number", show: (row) => text(row.upper) },
            { key: "unit", title: "Unit" },
            { key: "kind", title: "Kind", show: (row) => <Badge kind={String(row.kind)} /> },
            { key: "source", title: "Source", show: (row) => <Cited journey={journey} text={String(row.source)} /> },
          ]}
        />
      </details>
      {documents.length > 0 && (
        <details>
          <summary>{documents.length} documents, by the ids that cite them</summary>
          <Table
            caption="Who wrote what, and where it stands"
            page={100}
            rows={documents.map((document) => ({ ...document }))}
            columns={[
              { key: "id", title: "Id" },
              { key: "publisher", title: "Publisher" },
              { key: "date", title: "Date" },
              { key: "address", title: "Address", show: (row) => <Address of={String(row.address)}>{String(row.address)}</Address> },
            ]}
          />
        </details>
      )}
      <p class="muted">
        Groups of fewer than 50 people are in the totals, and never at a place: nobody should be found by this page.
      </p>
    </section>
  );
}

/** Rows to keep: every place and day with somebody; with a what-if beside the baseline. */
function downloaded(journey: Journey, whatIf: string): Row[] {
  const { told } = journey;
  const own = rowsOf(whatIf ? told.instead : told.people).filter((row) => !whatIf || row.what_if === whatIf);
  const before = journey.baseline;
  const listed = own.map(({ day, place, ...rest }) => {
    const at = before?.people[place as number]![day as number];
    const change = journey.changes.get(whatIf)?.[place as number]?.[day as number];
    return {
      date: told.days[day as number]!,
      place: journey.stops[place as number]!.name,
      ...rest,
      fewer_than_50: rest.persons === null,
      ...(before && { baseline: at ? at.persons : 0, change: change ? change.persons : 0 }),
      unit: "persons",
      kind: "modelled",
      ...(whatIf === OWN && { figures: told.what_ifs[OWN]! }),
    };
  });
  return listed;
}
