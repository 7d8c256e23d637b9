// The scenario builder: levers on the left, what changes beside today in the middle, the map of change.
import { computed, effect, signal, untracked, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { post, postForText, rowsOf } from "./api";
import { save, slug } from "./download";
import { interval, money, number, percent, persons, written } from "./format";
import { Gains, modelled } from "./gains";
import { GuessForm, Guessed, GuessSwitch, hidden } from "./guess";
import { Builder, EveryName, inPrior, inWords, leverOf } from "./levers";
import { FlowMap, key, picture, svg, type Asked, type Node } from "./map";
import { Badge, Downloads, Failure, Table, Tabs, Waiting } from "./parts";
import {
  answer,
  answered,
  ask,
  automatic,
  change,
  draw,
  drawn,
  job,
  keep,
  keptJob,
  kept,
  loaded,
  redo,
  solving,
  steps,
  stopDraws,
  undo,
  wrong,
} from "./solving";
import { EMPTY, go, inWorld, link, meta, name, notice, state, worldOf } from "./state";
import type { Flow, Row } from "./rows";
import type { Answer, Columns, Job, Measure, ReadStudy, Scenario, Step } from "./types";

/** A vnode that stays the same is not drawn again: each part follows its own signals alone. */
const PARTS = {
  heading: <Heading />,
  lead: <Lead />,
  said: <Said />,
  actions: <Actions />,
  builder: <Builder />,
  answers: <Answered />,
  below: (
    <>
      <Assumptions />
      <EveryName />
    </>
  ),
};

/** Refused, or no server: what is there answers another question. */
const stale = computed(() => wrong.value.length > 0);
const scenario_ = computed(() => state.value.scenario);
const title = computed(() => scenario_.value.title);
const kept_ = computed(() => state.value.kept);
const titleOfA = computed(() => kept_.value?.title ?? "");
const bare = computed(() => scenario_.value.levers.length === 0);

export function ScenarioPage() {
  useSignalEffect(() => {
    const asked = scenario_.value;
    untracked(() => ask(asked));
  });
  useEffect(() => {
    if (state.value.kept) void keep(state.value.kept);
    return stopDraws;
  }, []);
  return (
    <>
      {PARTS.heading}
      {PARTS.lead}
      {PARTS.said}
      {PARTS.actions}
      <div class="desk">
        {PARTS.builder}
        {PARTS.answers}
      </div>
      {PARTS.below}
    </>
  );
}

function Heading() {
  return <h1>{title.value}</h1>;
}

/** How long a question may be open before the page says so: a word that comes and goes moves the lines. */
const PATIENCE = 400;
const slow = signal(false);
effect(() => {
  slow.value = false;
  if (!solving.value) return;
  const timer = setTimeout(() => (slow.value = true), PATIENCE);
  return () => clearTimeout(timer);
});

function Lead() {
  const found = answer.value;
  const said = stale.value ? "No answer to this scenario." : found ? found.sentence : "Solving …";
  return (
    <p class="lead sticks" data-hash={stale.value ? "" : (found?.hash ?? "")} aria-busy={solving.value}>
      {hidden() ? "What do you expect?" : said} {slow.value && <span class="muted">solving …</span>}
    </p>
  );
}

function Said() {
  const { levers, capital } = scenario_.value;
  const years = meta.value.worlds.find((one) => one.people === worldOf(scenario_.value))!;
  return (
    <>
      <p class="muted">
        {levers.length ? levers.map(inWords).join("; ") : "No lever is moved"}. Where the world would settle, not when;
        people of mid-{years.people}, economy of {years.economy}; capital {capital}.{" "}
        <Badge kind="modelled" />
      </p>
      {stale.value && (
        <div class="failure" role="alert">
          {wrong.value.map((one) => (
            <p key={one.where + one.what}>
              {one.where.replace(/^scenario: policy 'scenario' /, "")} {one.what}. {one.fix}
            </p>
          ))}
        </div>
      )}
    </>
  );
}

function Answered() {
  const found = answer.value;
  const old = stale.value;
  return (
    <div class="answers">
      {old && found && (
        <p class="failure">
          The figures below are of another scenario, the last one that had an answer: “{answered.value?.title}”. They
          cannot be downloaded here.
        </p>
      )}
      <div class={old ? "whole stale" : "whole"} inert={old}>
        {hidden() ? <GuessForm /> : found ? <Answers found={found} /> : !old && <Waiting what="the answer" />}
      </div>
    </div>
  );
}

function Actions() {
  const a = kept_.value;
  const file = useRef<HTMLInputElement>(null);
  const toml = async (): Promise<void> => {
    try {
      const from = loaded.value ? { file: loaded.value.file, policy: loaded.value.policy } : {};
      // Said even if it is today's: what a scenario does not say stays as the file has it.
      const scenario = { ...state.value.scenario, world: worldOf(state.value.scenario) };
      const text = await postForText("studies/write", { scenario, draws: 100, seed: 1, ...from });
      save("scenario.toml", text, "application/toml");
    } catch (error) {
      notice.value = (error as Error).message;
    }
  };
  const load = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    try {
      const { study: found, problems } = await post<ReadStudy>("studies/read", { text: await chosen.text() });
      if (!found) {
        notice.value = problems.map(({ where, what, fix }) => `${where}: ${what}. ${fix}`).join(" ");
        return;
      }
      const first = found.policy[0];
      if (!first) return;
      if (found.answer !== "equilibrium") {
        const how = `corridors run ${chosen.name}`;
        notice.value = `${chosen.name} asks what happens year by year; this page answers where the world settles. Nothing was loaded. Run it with: ${how}`;
        return;
      }
      const year = Number(found.world ?? meta.value.people_year);
      const known = meta.value.worlds.map((one) => one.people);
      if (!known.includes(year) || Object.keys(found.figures ?? {}).length) {
        notice.value = `${chosen.name} asks about another world than the page's of ${known.join(", ")}. Nothing was loaded. Run it with: corridors run ${chosen.name}`;
        return;
      }
      const left = [
        found.policy.length > 1 && `the other ${found.policy.length - 1} policies`,
        found.capital.length > 1 && `capital ${found.capital.slice(1).join(", ")}`,
        (found.variants ?? []).length > 0 && "variants",
        found.curve && "curve",
        Object.keys(found.sweep ?? {}).length > 0 && "sweep",
        (found.sources ?? []).length > 0 && "sources",
      ].filter(Boolean);
      const { title, question, channels, statuses, land, focus } = found;
      change(inWorld({ title, question, channels, statuses, land, focus, parameters: (found.parameters ?? {}) as Scenario["parameters"], capital: found.capital[0] ?? "fixed", levers: first.levers }, year));
      loaded.value = { file: found, policy: first.name, name: chosen.name };
      notice.value = left.length
        ? `Loaded ${first.name} of ${chosen.name}. Not shown here, and kept in what Save as TOML writes: ${left.join("; ")}.`
        : `Loaded ${chosen.name}.`;
    } catch (error) {
      notice.value = (error as Error).message;
    }
  };
  return (
    <div class="row actions" role="group" aria-label="Scenario">
      <label class="choice">
        <span>Title</span>
        <input
          type="text"
          maxLength={200}
          value={title.value}
          onChange={(event) => change({ ...state.value.scenario, title: event.currentTarget.value.trim() || EMPTY.title })}
        />
      </label>
      <button type="button" disabled={steps.value.back === 0} onClick={undo}>Undo</button>
      <button type="button" disabled={steps.value.forward === 0} onClick={redo}>Redo</button>
      <button type="button" onClick={() => {
        loaded.value = null;
        change(EMPTY);
      }}>Reset</button>
      <button type="button" onClick={() => void keep(state.value.scenario)}>Keep as A</button>
      {a && (
        <>
          <button type="button" onClick={() => change(a)}>Back to A</button>
          <button type="button" onClick={() => void keep(null)}>Drop A</button>
        </>
      )}
      <button type="button" onClick={toml}>Save as TOML</button>
      <button type="button" onClick={() => file.current?.click()}>Load TOML</button>
      <input
        ref={file}
        type="file"
        accept=".toml"
        hidden
        aria-label="Study file"
        onChange={(event) => {
          const box = event.currentTarget;
          void load(box.files?.[0]).then(() => (box.value = "")); // the same file may come again
        }}
      />
      <GuessSwitch />
      <span class="muted">
        <code>corridors run scenario.toml</code> reads the saved file.
      </span>
    </div>
  );
}

/** How long an answer stands before the tables below the screen follow it. */
const RESTS = 250;

function Answers({ found }: { found: Answer }) {
  const [rested, setRested] = useState<{ found: Answer; scenario: Scenario } | null>(null);
  const whole = rested?.found.hash === found.hash;
  useEffect(() => {
    const scenario = answered.peek();
    const timer = setTimeout(() => {
      if (scenario) void post<Answer>("scenario", scenario).then((all) => answered.peek() === scenario && setRested({ found: all, scenario }), () => undefined);
    }, rested ? RESTS : 0);
    return () => clearTimeout(timer);
  }, [found.hash]);
  const tables = useMemo(() => rested && <Tables {...rested} />, [rested]);
  return (
    <>
      <Guessed measures={found.measures} />
      <Measures found={found} />
      <Where found={found} source={sourceOf(found)} />
      <Draws />
      <div class="below" aria-busy={!whole}>{tables ?? <Waiting what="the tables" />}</div>
    </>
  );
}

const sourceOf = (found: Answer): string => modelled(found.hash);

/** What changes, row by row; drawn when a drag rests. */
function Tables({ found, scenario }: { found: Answer; scenario: Scenario }) {
  const rows = rowsOf(found.corridors);
  const paid = rowsOf(found.money);
  const year = `${found.people_year} (model)`;
  const source = sourceOf(found);
  return (
    <>
      <div class="two">
      <Table
        caption={`Corridors that change most (${rows.length} of ${found.of} with people in ${found.people_year}${found.focus.length ? "; those of the focus" : ""})`}
        page={10}
        rows={rows.map((row) => ({ ...row, born: name(String(row.birthplace)), lives: name(String(row.residence)) }))}
        columns={[
          { key: "born", title: "Born in" },
          { key: "lives", title: "Living in" },
          { key: "now", title: `Adults, ${year}`, unit: "persons" },
          { key: "after", title: "Then", unit: "persons" },
          { key: "change", title: "Change", unit: "persons, change" },
        ]}
      />
      <Table
        caption={`Money that changes most, received by corridor (${paid.length}${found.focus.length ? "; those of the focus" : ""})`}
        page={10}
        rows={paid.map((row) => ({ ...row, from: name(String(row.residence)), to: name(String(row.birthplace)) }))}
        columns={[
          { key: "from", title: "Sent from" },
          { key: "to", title: "Received in" },
          { key: "now", title: `US$, ${found.economy_year} (model)`, unit: "USD" },
          { key: "after", title: "Then", unit: "USD" },
          { key: "change", title: "Change", unit: "USD, change" },
        ]}
      />
      </div>
      <Gains scenario={scenario} file={`scenario-${found.hash.slice(0, 6)}`} source={source} />
      <Areas year={year} table={found.areas} source={source} hash={found.hash} />
      <p class="muted">
        {found.remarks.length > 0 && `${found.remarks.join(" ")} `}
        {found.traces.map((one) => `${leverTitle(one.lever)} acts on ${number(one.cells)} groups (by schooling, birthplace, place of residence and status); ${number(one.empty)} of them have nobody today and stay empty`).join("; ")}
        {found.traces.length > 0 && ". "}
        Solved in {found.solve_ms.toFixed(0)} ms; no equation is off by more than {number(found.residual)} of its size.
      </p>
    </>
  );
}

const leverTitle = (lever: string): string => meta.value.levers.find((one) => one.name === lever)?.title ?? lever;

// --- measures beside today -----------------------------------------------------------------------

interface Span {
  lower: number;
  upper: number;
  /** What a reader must know of this figure. */
  note: string;
}

/** Change against today as a share, whatever the unit. */
function relative(one: Measure, value: number): number {
  if (one.unit === "share, change") return value;
  return one.now === 0 ? 0 : value / one.now - 1;
}

function spans(now: Job | null): Map<string, Span> {
  const table = now?.tables?.headline;
  const found = new Map<string, Span>();
  if (!table) return found;
  for (const row of rowsOf(table)) {
    found.set(String(row.measure), { lower: row.lower_80 as number, upper: row.upper_80 as number, note: String(row.note ?? "") });
  }
  return found;
}

const current_ = computed(() => drawn.value === JSON.stringify(scenario_.value));
const current = (): boolean => current_.value;

function Measures({ found }: { found: Answer }) {
  const before = kept.value;
  const range = spans(current() ? job.value : null);
  const ofA = spans(keptJob.value);
  // One scale for output and pay, one for people and money: bars of a kind compare.
  const most = (unit: string): number => {
    const every = found.measures.flatMap((one) => {
      if ((one.unit === "share, change") !== (unit === "share, change")) return [];
      const span = range.get(one.name);
      const a = before?.measures.find((each) => each.name === one.name);
      const spanA = ofA.get(one.name);
      const ends = (of: Measure, each: Span | undefined): number[] => [of.value, ...(each ? [each.lower, each.upper] : [])].map((value) => Math.abs(relative(of, value)));
      return [...ends(one, span), ...(a ? ends(a, spanA) : [])];
    });
    return nice(Math.max(0.001, ...every));
  };
  return (
    <section class="beside" aria-labelledby="beside" tabIndex={0}>
      <h2 id="beside">{before ? "A | B" : `Beside the world of ${found.people_year}`}</h2>
      {before && (
        <p>
          <b>A: {titleOfA.value}.</b> <b>B: {title.value}.</b>
        </p>
      )}
      <table class={before ? "measures ab" : "measures"}>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" class="number">{found.people_year} (model)</th>
            {before && <th scope="col" class="number" title={titleOfA.value}>A{before.people_year !== found.people_year && `, beside ${before.people_year}`}</th>}
            <th scope="col" class="number" title={title.value}>{before ? "B" : "Then"}</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        {SCALES.map(([scale, words]) => (
        <tbody key={words}>
          <tr class="scale">
            <td colSpan={before ? 4 : 3} class="muted">{words}</td>
            <td class="muted">{percent(-most(scale), true).replace(/[\s\u202f]?%/, "")} to {percent(most(scale), true)}</td>
          </tr>
          {found.measures.filter((one) => (one.unit === "share, change") === (scale === "share, change")).map((one) => {
            const a = before?.measures.find((each) => each.name === one.name);
            const span = range.get(one.name);
            const spanA = ofA.get(one.name);
            return (
              <tr key={one.name}>
                <th scope="row">
                  {one.title}
                  {span?.note && <span class="interval">{span.note}</span>}
                </th>
                <td class="number">{one.unit === "share, change" ? "" : unknown(found, one) ? "not known" : written(one.now, one.unit)}</td>
                {before && (
                  <td class="number figure of-a">
                    {a ? brief(a.value, one.unit) : ""}
                    {spanA && <span class="interval">[{interval(spanA.lower, spanA.upper, one.unit)}]</span>}
                  </td>
                )}
                <td class="number figure">
                  <span class="painted" data-measure={one.name}>{unknown(found, one) ? "not known" : brief(one.value, one.unit)}</span>
                  {span && <span class="interval">[{interval(span.lower, span.upper, one.unit)}]</span>}
                </td>
                <td>
                  <Bar one={one} a={a} span={span} spanA={spanA} most={most(one.unit)} />
                </td>
              </tr>
            );
          })}
        </tbody>
        ))}
      </table>
      <p class="muted">
        {before && "Upper bar A, lower bar B; dashed: no change. "}“No change” is under 0.001 %.{" "}
        Pay is of natives who stay; origins have more of their own abroad than foreigners within today, destinations
        fewer. <Badge kind="modelled" />
      </p>
    </section>
  );
}

/** What sending cost is not known in every year: nothing is then paid for it in the model, which is no figure. */
const unknown = ({ people_year: year }: Answer, one: Measure): boolean =>
  one.name === "fees" && meta.value.worlds.some((each) => each.people === year && !each.statuses);

const brief = (value: number, unit: string): string => written(value, unit).replace(/ \(under.*\)/, "");

/** Two blocks, since their bars have two scales. */
const SCALES = [["share, change", "Output and pay"], ["persons", "People and money"]] as const;

function nice(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return size * ([1, 2, 5, 10].find((one) => one * size >= value) ?? 10);
}

interface Barred {
  one: Measure;
  a: Measure | undefined;
  span: Span | undefined;
  spanA: Span | undefined;
  most: number;
}

function Bar({ one, a, span, spanA, most }: Barred) {
  // Each beside its own world: A may be of another year.
  const x = (value: number, of: Measure = one): number => 100 + (95 * relative(of, value)) / most;
  const bar = (of: Measure, y: number, high: number, style: string) => (
    <rect
      x={Math.min(100, x(of.value, of))}
      y={y}
      width={Math.max(0.5, Math.abs(x(of.value, of) - 100))}
      height={high}
      class={`${style} ${relative(of, of.value) >= 0 ? "gain" : "loss"}`}
    />
  );
  return (
    <svg class="bar-of" viewBox="0 0 200 20" role="img" aria-label={`${one.title}: ${percent(relative(one, one.value), true)}`}>
      {a && bar(a, 1, 6, "a")}
      {bar(one, a ? 9 : 5, a ? 8 : 10, "b")}
      {a && spanA && <line x1={x(spanA.lower, a)} x2={x(spanA.upper, a)} y1="4" y2="4" stroke="var(--ink)" stroke-width="2" />}
      {span && (
        <line x1={x(span.lower)} x2={x(span.upper)} y1={a ? 13 : 10} y2={a ? 13 : 10} stroke="var(--ink)" stroke-width="2" />
      )}
      <line x1="100" x2="100" y1="0" y2="20" stroke="var(--ink)" stroke-dasharray="3 2" />
    </svg>
  );
}

/** How far a job is, in words. */
function inWordsOf({ stage, done, total, about }: Step): string {
  if (stage === "draws") return `drawing parameters: ${done} of ${total}`;
  const words: Partial<Record<Step["stage"], string>> = { figures: "gathering the figures", remark: about };
  return words[stage] ?? `${stage} ${about}`.trim();
}

// --- draws ---------------------------------------------------------------------------------------

function Draws() {
  const now = current() ? job.value : null;
  const number_ = now?.draws ?? 0;
  return (
    <section aria-labelledby="draws">
      <h2 id="draws">How sure</h2>
      <div class="row">
        <button type="button" disabled={now?.state === "running" || bare.value} onClick={() => void draw()}>
          Range from draws
        </button>
        {now?.state === "running" && (
          <>
            <progress max={number_} value={now.done} aria-label="Draws" />
            <span>{inWordsOf(now.progress)}</span>
            <button type="button" onClick={stopDraws}>Cancel</button>
          </>
        )}
        <label class="choice check">
          <input type="checkbox" checked={automatic.value} onChange={(event) => (automatic.value = event.currentTarget.checked)} />
          <span>by itself after each release</span>
        </label>
      </div>
      {now?.state === "failed" && <Failure error={now.error} />}
      {!now && <p class="muted">The values are at the central parameters; the range comes from draws of all parameters.</p>}
      {now?.state === "done" && now.tables && (
        <>
          <p>
            In brackets 80 % of {number_} draws of all parameters, {now.seconds.toFixed(0)} s.{" "}
            <a href={`api/v1/jobs/${now.id}/report`} download="report.html">Report (one HTML file)</a>
          </p>
          <Ranking table={now.tables.ranking} draws={number_} />
          <Responses table={now.tables.contributions} measures={answer.value?.measures ?? []} />
        </>
      )}
    </section>
  );
}

/** Which parameter drives world output: rank correlation over the draws. */
function Ranking({ table, draws }: { table: Columns | undefined; draws: number }) {
  if (!table) return null;
  const titles = new Map(meta.value.parameters.map((one) => [one.name, one.title]));
  const rows = rowsOf(table).filter((row) => row.rank_correlation !== null).slice(0, 8);
  if (rows.length === 0) return <p class="muted">No assumption moves this answer beyond what the solver leaves open.</p>;
  const chance = rows[0]!.chance as number;
  const measure = answer.value?.measures.find((one) => one.name === rows[0]!.measure);
  return (
    <details open>
      <summary>Sensitivity: what {measure ? measure.title.toLowerCase() : "the answer"} depends on</summary>
      <ul class="tornado">
        {rows.map((row) => {
          const value = row.rank_correlation as number;
          return (
            <li key={String(row.parameter)} class={row.told_apart ? "" : "muted"}>
              <span>{titles.get(String(row.parameter)) ?? row.parameter}{!row.told_apart && " (may be chance)"}</span>
              <svg viewBox="0 0 200 12" role="img" aria-label={`rank correlation ${number(value)}`}>
                <rect x={100 - 98 * chance} y="0" width={196 * chance} height="12" class="chance" />
                <rect x={Math.min(100, 100 + 98 * value)} y="1" width={Math.abs(98 * value)} height="10" class={value >= 0 ? "gain" : "loss"} />
                <line x1="100" x2="100" y1="0" y2="12" stroke="var(--ink)" />
              </svg>
              <span class="value">{number(value, true)}</span>
            </li>
          );
        })}
      </ul>
      <p class="muted">
        Rank correlation over {draws} draws, −1 to 1; only assumptions that can move it. Grey band: under{" "}
        {number(chance)} it is not told apart from chance.
      </p>
    </details>
  );
}

function Responses({ table, measures }: { table: Columns | undefined; measures: Measure[] }) {
  if (!table) return null;
  const rows = rowsOf(table);
  const responses = [...new Set(rows.map((row) => String(row.response)))];
  return (
    <details>
      <summary>Which response does what</summary>
      <div class="scroll" role="region" tabIndex={0} aria-label="Responses">
        <table>
          <thead>
            <tr>
              <th scope="col">Measure</th>
              {responses.map((one) => (
                <th scope="col" class="number" key={one}>{one}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measures.map((one) => (
              <tr key={one.name}>
                <th scope="row">{one.title}</th>
                {responses.map((response) => {
                  const row = rows.find((each) => each.measure === one.name && each.response === response);
                  const unit = one.unit.endsWith("change") ? one.unit : `${one.unit}, change`;
                  return <td class="number" key={response}>{written((row?.contribution as number) ?? null, unit)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">Averaged over every order of switching the responses on; they add up to the change.</p>
    </details>
  );
}

// --- where it changes ------------------------------------------------------------------------------

const DRAWN = 100;

/** What the maps of change show, and the corridor under the pointer: the same on both sides. */
const wanted = signal<"people" | "money" | "">("");
const pointed = signal("");

const paying = (scenario: Scenario | null): boolean =>
  Boolean(scenario?.levers.length) && scenario!.levers.every((use) => leverOf(use)[0]?.subject === "money");

function changed(found: Answer, paid: boolean): { flows: Flow[]; nodes: Node[] } {
  const flows = rowsOf(paid ? found.money : found.corridors)
    .slice(0, DRAWN)
    .map((row) => ({
      birthplace: row.birthplace as string,
      residence: row.residence as string,
      value: row.change as number,
      kind: "modelled" as const,
    }));
  const what = paid ? "remittances" : "residents";
  const nodes = rowsOf(found.areas)
    .map((row) => {
      const more = (row[`${what}_after`] as number) - (row[`${what}_now`] as number);
      return { code: String(row.area), size: Math.abs(more), arriving: more >= 0 ? 1 : 0 };
    })
    .filter((one) => one.size > 0.5);
  return { flows, nodes };
}

/** The map of change; with a kept scenario one for each, on one scale. */
function Where({ found, source }: { found: Answer; source: string }) {
  const a = kept.value;
  const paid = (wanted.value || (paying(answered.value) ? "money" : "people")) === "money";
  const b_ = useMemo(() => changed(found, paid), [found, paid]);
  const a_ = useMemo(() => a && changed(a, paid), [a, paid]);
  const both = a_ ? [a_, b_] : [b_];
  const scale = a_ ? {
    flow: Math.max(...both.flatMap((one) => one.flows.map((flow) => Math.abs(flow.value)))),
    node: Math.max(...both.flatMap((one) => one.nodes.map((node) => node.size))),
  } : undefined;
  return (
    <section aria-labelledby="where">
      <div class="row">
        <h2 id="where">Where it changes{a && ", A and B on one scale"}</h2>
        <Tabs label="Map of" options={[["people", "People"], ["money", "Money"]]} value={paid ? "money" : "people"} onChoose={(to) => (wanted.value = to)} />
      </div>
      {a && a_ && <ChangeMap found={a} drawn={a_} paid={paid} scale={scale} mark="A" title={titleOfA.value} source={source.replace(found.hash, a.hash)} />}
      <ChangeMap found={found} drawn={b_} paid={paid} scale={scale} mark={a ? "B" : ""} title={answered.value?.title ?? ""} source={source} />
    </section>
  );
}

interface Changed {
  found: Answer;
  drawn: { flows: Flow[]; nodes: Node[] };
  paid: boolean;
  scale: Asked["scale"];
  mark: "A" | "B" | "";
  title: string;
  source: string;
}

function ChangeMap({ found, drawn: { flows, nodes }, paid, scale, mark, title: of, source }: Changed) {
  const table = paid ? found.money : found.corridors;
  const write = (value: number): string => (paid ? money(value, true) : persons(value, true));
  const drawing: Asked = {
    flows,
    nodes,
    tone: paid ? "paid" : "change",
    focus: "",
    ...(scale && { scale }),
    chosen: pointed.value,
    title: found.sentence,
    legend: `The ${flows.length} corridors that change most${found.focus.length ? " of those in focus" : ""}. ${paid ? "Arrow: from payer to receiver. Blue: more money, orange: less. Circle area: change of money received." : "Arrow: from birthplace to residence. Blue: more people, orange: fewer. Circle area: change of residents."} Widest line ${write(scale ? scale.flow : Math.max(0, ...flows.map((one) => Math.abs(one.value)))).replace("+", "")}.`,
    write,
    onPlace: (place) => go({ page: "place", place }, true),
    onFlow: (flow) => go({ page: "corridor", corridor: key(flow) }, true),
    onHover: (flow) => (pointed.value = flow ? key(flow) : ""),
  };
  const title = `${mark && `${mark}: `}${of}: change in ${paid ? "money received, by corridor" : "adults by birthplace and residence"}`;
  const file = `${slug(of || "scenario")}-${paid ? "money" : "people"}-${found.hash.slice(0, 6)}`;
  const rows = (): Row[] =>
    rowsOf(table).map((row) => {
      const [from, to] = paid ? [row.residence, row.birthplace] : [row.birthplace, row.residence];
      const [a, b] = paid ? ["sent_from", "received_in"] : ["birthplace", "residence"];
      return { [a!]: from!, [b!]: to!, [`${a}_name`]: name(String(from)), [`${b}_name`]: name(String(to)), now: row.now!, after: row.after!, change: row.change!, unit: paid ? "USD received" : "adults", kind: "modelled", baseline: `${found.people_year} (model)` };
    });
  return (
    <div class="change">
      {mark && <h3>{mark}: {of}</h3>}
      <FlowMap {...drawing} />
      <p class="source-line muted">Source: {source}</p>
      <Downloads
        file={file}
        title={title}
        rows={rows}
        sources={[source]}
        more={
          <>
            <button type="button" onClick={async () => save(`${file}.png`, await picture(drawing, title, source))}>PNG</button>
            <button type="button" onClick={async () => save(`${file}.svg`, await svg(drawing, title, source), "image/svg+xml")}>SVG</button>
          </>
        }
      />
    </div>
  );
}

function Areas({ table, source, hash, year }: { table: Columns; source: string; hash: string; year: string }) {
  const rows = useMemo<Row[]>(
    () =>
      rowsOf(table).map((row) => {
        const share = (what: string): number => (row[`${what}_after`] as number) / (row[`${what}_now`] as number) - 1;
        return {
          ...row,
          name: name(String(row.area)),
          change: (row.residents_after as number) - (row.residents_now as number),
          size: Math.abs((row.residents_after as number) - (row.residents_now as number)),
          output: share("output"),
          wage_low: share("wage_low"),
          wage_high: share("wage_high"),
          received: (row.remittances_after as number) - (row.remittances_now as number),
        };
      }),
    [table],
  );
  return (
    <details open>
      <summary>Every area: people, output, pay, money</summary>
      <Table
        caption="Areas, largest change of residents first"
        page={12}
        rows={rows.toSorted((a, b) => (b.size as number) - (a.size as number))}
        columns={[
          { key: "name", title: "Area" },
          { key: "residents_now", title: `Adults, ${year}`, unit: "persons" },
          { key: "change", title: "Change", unit: "persons, change" },
          { key: "output", title: "Output", unit: "share, change" },
          { key: "wage_low", title: "Pay, low", unit: "share, change" },
          { key: "wage_high", title: "Pay, high", unit: "share, change" },
          { key: "received", title: "Received", unit: "USD, change" },
          { key: "imputed_share", title: "Figures assumed or stale", unit: "share" },
        ]}
      />
      <Downloads file={`areas-${hash}`} title="Areas" rows={() => rowsOf(table)} sources={[source]} />
    </details>
  );
}

function Assumptions() {
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why believe it</h2>
      <details>
        <summary>Assumptions: {meta.value.parameters.length} parameters, their priors and sources</summary>
        <Table
          caption="Parameters"
          page={100}
          rows={meta.value.parameters.map((one) => ({
            title: one.title,
            symbol: one.symbol,
            value: one.value,
            prior: inPrior(one.prior),
            source: one.source,
            status: one.status,
            channel: one.channel,
          }))}
          columns={[
            { key: "title", title: "Parameter" },
            { key: "symbol", title: "Symbol" },
            { key: "value", title: "Value", unit: "number" },
            { key: "prior", title: "Prior" },
            { key: "source", title: "Source" },
            { key: "status", title: "Read?" },
            { key: "channel", title: "Only with" },
          ]}
        />
      </details>
      <details>
        <summary>What the model leaves out</summary>
        <ul>
          {meta.value.left_out.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </details>
      <p>
        <a href={link({ page: "data", source: "" })}>Every table of figures with its terms</a>
      </p>
    </section>
  );
}
