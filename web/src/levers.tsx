// The builder of a policy: every lever as Python declares it, with its unit, range and source.
import { computed } from "@preact/signals";
import { useId, useState } from "preact/hooks";
import { number, percent } from "./format";
import { Range, Select } from "./parts";
import { change, loaded, rest } from "./solving";
import { EMPTY, inWorld, meta, name, state, worldOf } from "./state";
import type { LeverUse, Names, Values } from "./rows";
import type { Ends, LeverField as Field, Lever, Parameter, Scenario } from "./types";

const SUBJECTS: Record<string, string> = {
  borders: "Borders and status",
  people: "People",
  wages: "Work and permits",
  money: "Money sent home and aid",
  capital: "Capital and debt",
};

export function leverOf(use: LeverUse): [Lever | undefined, Values] {
  const [called = "", values = {}] = Object.entries(use)[0] ?? [];
  return [meta.value.levers.find((one) => one.name === called), values];
}

function withLever(scenario: Scenario, place: number, use: LeverUse | null): Scenario {
  const levers = scenario.levers.slice();
  if (use === null) levers.splice(place, 1);
  else levers[place] = use;
  return { ...scenario, levers };
}

/** What the lever says in words: its title, its first number, its ends. */
export function inWords(use: LeverUse): string {
  const [lever, values] = leverOf(use);
  if (!lever) return Object.keys(use).join(", ");
  const parts = lever.fields
    .filter((field) => field.kind !== "names")
    .map((field) => [field, values[field.name] ?? field.default] as const)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => `${typeof value === "number" && field.unit.startsWith("share") ? `${percent(value)} ${field.unit.replace(/^share ?/, "")}`.trim() : `${field.name.replaceAll("_", " ")} ${typeof value === "number" ? number(value) : value}`}`);
  const ends = lever.where ? [values.birthplace ?? lever.where.birthplace, values.residence ?? lever.where.residence] : [];
  const spoken = ends.map((one) => [one].flat().map((each) => (each === "all" ? "everywhere" : name(String(each)))).join(" and "));
  const areas = values.areas ? ` in ${[values.areas].flat().map((one) => name(String(one))).join(" and ")}` : "";
  return `${lever.title}${spoken.length ? `, from ${spoken[0]} to ${spoken[1]}` : areas}${parts.length ? ` (${parts.join(", ")})` : ""}`;
}

const PRESETS = <Presets />;
const ADD = <Add />;
const ASSUMED = <Assumed />;
const SWITCHES = <Switches />;

export function Builder() {
  const { scenario } = state.value;
  return (
    <section class="levers" aria-labelledby="levers">
      <h2 id="levers">Levers</h2>
      {scenario.levers.map((use, place) => (
        <LeverCard key={`${place}-${Object.keys(use)[0]}`} use={use} place={place} />
      ))}
      {scenario.levers.length === 0 && <p class="muted">No lever: the world as it is. Take a scenario, or add a lever.</p>}
      {ADD}
      {PRESETS}
      {ASSUMED}
      {SWITCHES}
    </section>
  );
}

/** Take a shipped study: the policy that its report shows, or another one of it. */
export function preset(study: string, policy?: string): void {
  loaded.value = null;
  const file = meta.value.studies.find((one) => one.name === study);
  const shown = policy ?? file?.shown?.policy;
  const own = file?.policy.find((one) => one.name === shown) ?? file?.policy[0];
  if (!file || !own) return;
  change({
    title: file.policy.length > 1 ? `${file.title}: ${own.name}` : file.title,
    question: file.question,
    capital: file.capital[0] ?? "fixed",
    channels: file.channels,
    statuses: file.statuses,
    land: file.land,
    focus: file.focus,
    parameters: (file.parameters ?? {}) as Scenario["parameters"],
    levers: own.levers,
  });
}

function Presets() {
  const [value, setValue] = useState("");
  const choose = (chosen: string): void => {
    setValue(chosen);
    const [study = "", policy = ""] = chosen.split("|");
    const own = meta.value.studies.find((one) => one.name === study)?.policy[Number(policy)];
    if (own) preset(study, own.name);
  };
  return (
    <>
    <ul class="presets" aria-label="Scenarios to start from">
      {meta.value.studies.map((one) => (
        <li key={one.name}>
          <button type="button" onClick={() => preset(one.name)} title={one.question}>
            <b>{one.title}</b>
            <span class="muted">{one.question}</span>
          </button>
        </li>
      ))}
    </ul>
    <details>
    <summary>Every policy of these studies</summary>
    <label class="choice wide">
      <span>Presets: the shipped studies</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">Choose …</option>
        {meta.value.studies.map((one) => (
          <optgroup key={one.name} label={one.title}>
            {one.policy.map((policy, place) => (
              <option key={policy.name} value={`${one.name}|${place}`}>
                {policy.name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
    </details>
    </>
  );
}

const CAPITAL: Record<string, string> = {
  fixed: "stays where it is",
  mobile: "follows its return at a world price",
  elastic: "follows its return in part",
  world: "moves, with the world's stock given",
};

function Switches() {
  const scenario = set_.value;
  const set = (more: Partial<Scenario>): void => change({ ...state.value.scenario, ...more });
  const known = meta.value.worlds.some((one) => one.people === worldOf(scenario) && one.statuses);
  return (
    <div class="switches">
      <NamesRow
        title="focus"
        value={scenario.focus.length ? scenario.focus : "all"}
        onChoose={(names) => set({ focus: [names].flat().filter((one) => one !== "all") })}
      />
      <Select
        label="Start from the world of"
        value={String(worldOf(scenario))}
        options={meta.value.worlds.toReversed().map((one) => [String(one.people), `${one.people}${one.people === one.economy ? "" : `, economy of ${one.economy}`}`] as const)}
        onChoose={(year) => {
          const world = meta.value.worlds.find((one) => one.people === Number(year))!;
          const { scenario: now } = state.value;
          change(inWorld({ ...now, statuses: now.statuses && world.statuses }, world.people));
        }}
      />
      <Select
        label="Capital"
        value={scenario.capital}
        options={meta.value.closures.map((one) => [one, `${one}: ${CAPITAL[one] ?? ""}`] as const)}
        onChoose={(capital) => set({ capital })}
      />
      <label class="choice check">
        <input type="checkbox" checked={scenario.statuses} disabled={!known} onChange={(event) => set({ statuses: event.currentTarget.checked })} />
        <span>Tell permanent, tied, irregular and protected people apart ({known ? "slower" : `not known in ${worldOf(scenario)}`})</span>
      </label>
      <details>
        <summary>Further responses ({scenario.channels.length || "none"} switched on)</summary>
        <p class="muted">Off unless switched on; each rests on the assumptions named beside it.</p>
        {meta.value.channels.map((one) => (
          <label class="choice check" key={one}>
            <input
              type="checkbox"
              checked={scenario.channels.includes(one)}
              onChange={(event) =>
                set({
                  channels: event.currentTarget.checked
                    ? [...scenario.channels, one]
                    : scenario.channels.filter((each) => each !== one),
                })
              }
            />
            <span>{one.replaceAll("_", " ")} <span class="muted">{meta.value.parameters.filter((each) => each.channel === one).map((each) => each.title).join("; ")}</span></span>
          </label>
        ))}
      </details>
    </div>
  );
}

// --- assumptions as levers -----------------------------------------------------------------------

/** Why an assumption moves nothing in this scenario; "" where it does. */
function idle(one: Parameter, { channels, statuses, capital }: Scenario): string {
  if (one.channel === "statuses") return statuses ? "" : "only where legal statuses are told apart";
  if (one.channel && !(channels as string[]).includes(one.channel)) return `only with ${one.channel.replaceAll("_", " ")}`;
  return one.closure && one.closure !== capital ? `only with capital ${one.closure}` : "";
}

/** Every parameter of an equilibrium is a number. */
const centre = (one: Parameter): number => one.value as number;
const FAR = 1e12;

export function inPrior(prior: Parameter["prior"]): string {
  if (!prior) return "never drawn";
  const { distribution, lower, upper, a, b, least, most } = prior as Record<string, number> & { distribution: string };
  const ends = lower === undefined ? `${number(a)}, ${number(b)}` : `${number(lower)} to ${number(upper)}`;
  const inside = distribution === "lognormal" ? "90 % of draws within " : "";
  const held = [least !== undefined && `at least ${number(least)}`, most !== undefined && `at most ${number(most)}`].filter(Boolean);
  return [`${inside}${ends} (${distribution})`, ...held].join(", ");
}

/** What a drag of a lever leaves as it is: who reads only this is not drawn again. */
const setting = computed(() => {
  const { parameters, channels, statuses, capital, focus } = state.value.scenario;
  return JSON.stringify({ parameters, channels, statuses, capital, focus, world: worldOf(state.value.scenario) });
});
const set_ = computed((): Scenario => ({ ...EMPTY, ...JSON.parse(setting.value) }));

/** Assumptions that the reader moved, each a slider with its prior and its evidence. */
function Assumed() {
  const scenario = set_.value;
  const moved = Object.keys(scenario.parameters);
  const known = meta.value.parameters;
  const put = (name: string, value: number | null, dragging = false): void => {
    const { [name]: _, ...others } = state.value.scenario.parameters;
    const parameters = value === null ? others : { ...state.value.scenario.parameters, [name]: value };
    change({ ...state.value.scenario, parameters }, dragging);
  };
  return (
    <section class="assumed" aria-labelledby="assumed">
      <h3 id="assumed">Assumptions</h3>
      {moved.map((name) => {
        const one = known.find((each) => each.name === name);
        const value = scenario.parameters[name];
        return one && <Assumption key={name} one={one} value={typeof value === "number" ? value : centre(one)} put={put} />;
      })}
      <label class="choice wide">
        <span>Move an assumption of the model</span>
        <select value="" onChange={(event) => {
          const one = known.find((each) => each.name === event.currentTarget.value);
          if (one) put(one.name, centre(one));
        }}>
          <option value="">Choose …</option>
          {known.filter((one) => !moved.includes(one.name)).map((one) => {
            const why = idle(one, scenario);
            return (
              <option key={one.name} value={one.name} disabled={why !== ""}>
                {one.title}{why && ` (${why})`}
              </option>
            );
          })}
        </select>
      </label>
    </section>
  );
}

interface Moved {
  one: Parameter;
  value: number;
  put: (name: string, value: number | null, dragging?: boolean) => void;
}

function Assumption({ one, value, put }: Moved) {
  const ends = [one.prior?.lower, one.prior?.upper].map((end) => (typeof end === "number" ? end : null));
  const usual = centre(one);
  const lower = Math.min(value, usual, ends[0] ?? one.lower ?? usual);
  const upper = Math.max(value, usual, ends[1] ?? one.upper ?? usual);
  return (
    <fieldset class="lever">
      <legend>{one.title}</legend>
      <Range
        label={[one.symbol, one.unit].filter(Boolean).join(", ")}
        value={value}
        lower={lower}
        upper={upper}
        step={Number(((upper - lower) / 200).toPrecision(2))}
        words={`${number(value)} ${one.unit}`}
        mark={usual}
        widest={[one.lower ?? -FAR, one.upper ?? FAR]}
        onInput={(given) => put(one.name, given, true)}
        onChange={rest}
      />
      <p class="muted field">
        Taken as {number(usual)}; prior: {inPrior(one.prior)}. {one.source}. ({one.status}.) A value set here is not
        drawn for the range.
      </p>
      <p class="row">
        <button type="button" onClick={() => put(one.name, null)}>Take back<span class="unseen"> {one.title}</span></button>
      </p>
    </fieldset>
  );
}

function Add() {
  const { levers } = meta.value;
  const [chosen, setChosen] = useState(levers[0]!.name);
  const subjects = [...new Set(levers.map((one) => one.subject))];
  const order = Object.keys(SUBJECTS);
  subjects.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const lever = levers.find((one) => one.name === chosen)!;
  const add = (): void => {
    const { scenario } = state.value;
    const statuses = scenario.statuses || (lever.where !== null && lever.where.status !== "all");
    const values: Values = {};
    for (const field of lever.fields) if (field.default !== null) values[field.name] = field.default;
    change({ ...scenario, statuses, levers: [...scenario.levers, { [lever.name]: values }] });
  };
  return (
    <div class="add">
      <label class="choice wide">
        <span>Add a lever</span>
        <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {subjects.map((subject) => (
            <optgroup key={subject} label={SUBJECTS[subject] ?? subject}>
              {levers
                .filter((one) => one.subject === subject)
                .map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.title}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      <button type="button" onClick={add}>
        Add
      </button>
      <p class="muted">{lever.help}</p>
    </div>
  );
}

function LeverCard({ use, place }: { use: LeverUse; place: number }) {
  const [lever, values] = leverOf(use);
  if (!lever) return <p class="failure">This version has no lever {Object.keys(use).join(", ")}.</p>;
  const set = (field: string, value: Values[string] | null, dragging = false): void => {
    const next = { ...values };
    if (value === null) delete next[field];
    else next[field] = value;
    change(withLever(state.value.scenario, place, { [lever.name]: next }), dragging);
  };
  return (
    <fieldset class="lever">
      <legend>{lever.title}</legend>
      <p class="muted">{lever.help}</p>
      {lever.fields.map((field) => (
        <FieldRow key={field.name} field={field} value={values[field.name] ?? null} set={set} />
      ))}
      {lever.where && <EndsRow where={lever.where} values={values} set={set} />}
      <p class="row">
        <button
          type="button"
          onClick={() => change(withLever(state.value.scenario, place, null))}
        >
          Remove<span class="unseen"> {lever.title}</span>
        </button>
      </p>
    </fieldset>
  );
}

type Set_ = (field: string, value: Values[string] | null, dragging?: boolean) => void;

function FieldRow({ field, value, set }: { field: Field; value: Values[string] | null; set: Set_ }) {
  const title = field.name.replaceAll("_", " ");
  const about = (
    <p class="muted field">
      {field.help} ({field.unit}). Default: {field.source}.
    </p>
  );
  if (field.kind === "choice") {
    return (
      <>
        <Select
          label={title}
          value={String(value ?? field.default)}
          options={field.choices.map((one) => [one, one] as const)}
          onChoose={(one) => set(field.name, one)}
        />
        {about}
      </>
    );
  }
  if (field.kind === "names") {
    return <NamesRow title={title} value={(value ?? field.default ?? "all") as Names} onChoose={(one) => set(field.name, one)} />;
  }
  const given = (value ?? field.default) as number | null;
  const [lower, upper] = span(field);
  const start = 0.15;
  return (
    <>
      {field.optional && (
        <label class="choice check">
          <input
            type="checkbox"
            checked={given !== null}
            onChange={(event) => set(field.name, event.currentTarget.checked ? Math.min(upper, Math.max(lower, start)) : null)}
          />
          <span>Set {title} by hand; unset, the assumption of the model with its prior</span>
        </label>
      )}
      {given !== null && (
        <Range
          label={title}
          value={given}
          lower={lower}
          upper={Math.max(upper, given)}
          step={Number(((upper - lower) / 200).toPrecision(2))}
          words={`${number(given)} ${field.unit}`}
          mark={(field.default as number | null) ?? undefined}
          widest={[field.lower, field.upper]}
          onInput={(one) => set(field.name, one, true)}
          onChange={rest}
        />
      )}
      {about}
    </>
  );
}

/** What the slider spans; the number box takes the whole range. */
function span(field: Field): [number, number] {
  const usual = typeof field.default === "number" ? Math.abs(field.default) : 1;
  const upper = field.upper > 12 * usual && usual > 0 ? Math.min(field.upper, 5 * usual) : field.upper;
  return [field.lower, Math.max(upper, field.lower)];
}

function EndsRow({ where, values, set }: { where: Ends; values: Values; set: Set_ }) {
  const pick = (title: string, field: "skill" | "status", all: string[]) => (
    <Select
      label={title}
      value={[values[field] ?? where[field]].flat().join("+")}
      options={options([values[field] ?? where[field]].flat() as string[], all)}
      onChoose={(one) => set(field, one.includes("+") ? one.split("+") : one)}
    />
  );
  return (
    <div class="ends-row">
      <NamesRow title="from" value={(values.birthplace ?? where.birthplace) as Names} onChoose={(one) => set("birthplace", one)} />
      <NamesRow title="to" value={(values.residence ?? where.residence) as Names} onChoose={(one) => set("residence", one)} />
      {pick("schooling", "skill", meta.value.skills)}
      {state.value.scenario.statuses && pick("status", "status", meta.value.statuses)}
    </div>
  );
}

function options(now: string[], all: string[]): [string, string][] {
  const known: [string, string][] = [["all", "all"], ...all.map((one): [string, string] => [one, one])];
  return now.length > 1 ? [[now.join("+"), now.join(" and ")], ...known] : known;
}

/** Places and groups, one chip each; "not" before a name takes it out. */
function NamesRow({ title, value, onChoose }: { title: string; value: Names; onChoose: (value: Names) => void }) {
  const id = useId();
  const chosen = [value].flat().filter((one) => one !== "all");
  const put = (list: string[]): void => onChoose(list.length === 0 ? "all" : list.length === 1 ? list[0]! : list);
  return (
    <div class="names">
      <label for={id}>{title}</label>
      {chosen.length === 0 && <span class="chip all">{title === "focus" ? "the world" : "everywhere"}</span>}
      {chosen.map((one) => (
        <span class="chip" key={one}>
          {name(one)}
          <button type="button" aria-label={`Take out ${name(one)}`} onClick={() => put(chosen.filter((each) => each !== one))}>
            ×
          </button>
        </span>
      ))}
      <input
        id={id}
        type="text"
        list="every-name"
        placeholder="add a place or group"
        autocomplete="off"
        onChange={(event) => {
          const typed = event.currentTarget.value.trim();
          event.currentTarget.value = "";
          if (!typed) return;
          const code = meta.value.areas.find((one) => [one.name, one.short, one.code].includes(typed))?.code ?? typed;
          if (!chosen.includes(code)) put([...chosen, code]);
        }}
      />
    </div>
  );
}

export function EveryName() {
  return (
    <datalist id="every-name">
      {meta.value.groups.map((one) => (
        <option value={one.name} key={one.name} />
      ))}
      {meta.value.areas
        .filter((one) => one.longitude !== null)
        .map((one) => (
          <option value={one.short} key={one.code} />
        ))}
    </datalist>
  );
}
