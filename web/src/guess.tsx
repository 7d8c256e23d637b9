// Guess first: say what you expect before the model does, and see both side by side.
import { signal } from "@preact/signals";
import { percent } from "./format";
import { Range } from "./parts";
import type { Measure } from "./types";

interface Guess {
  /** Shares against today. */
  output: number;
  people: number;
  told: boolean;
}

export const guess = signal<Guess | null>(null);

/** Whether the answer stays hidden until the reader has said a number. */
export const hidden = (): boolean => guess.value !== null && !guess.value.told;

export function GuessSwitch() {
  return (
    <label class="choice check">
      <input
        type="checkbox"
        checked={guess.value !== null}
        onChange={(event) => (guess.value = event.currentTarget.checked ? { output: 0, people: 0, told: false } : null)}
      />
      <span>Guess first</span>
    </label>
  );
}

/** What the reader expects of two measures, asked before they are shown. */
export function GuessForm() {
  const now = guess.value!;
  const slider = (key: "output" | "people", label: string, lower: number, upper: number) => (
    <Range
      label={label}
      value={Math.round(1000 * now[key]) / 10}
      lower={lower}
      upper={upper}
      step={0.5}
      words={percent(now[key], true)}
      mark={0}
      widest={[-100, 10_000]}
      onInput={(value) => (guess.value = { ...now, [key]: value / 100 })}
    />
  );
  return (
    <section class="guess" aria-labelledby="guess">
      <h2 id="guess">Before you look: what do you expect?</h2>
      {slider("output", "World output, change in %", -20, 60)}
      {slider("people", "Adults living abroad, change in %", -100, 300)}
      <p>
        <button type="button" onClick={() => (guess.value = { ...now, told: true })}>Show what the model says</button>
      </p>
    </section>
  );
}

/** The guess beside the answer, in words. */
export function Guessed({ measures }: { measures: Measure[] }) {
  const now = guess.value;
  if (!now?.told) return null;
  const said = (name: "output" | "people", title: string) => {
    const one = measures.find((each) => each.name === name);
    if (!one) return null;
    const found = one.unit === "share, change" ? one.value : one.value / one.now - 1;
    return (
      <p>
        {title}: you said {percent(now[name], true)}, the model says <b>{percent(found, true)}</b>.
      </p>
    );
  };
  return (
    <div class="guess">
      {said("output", "World output")}
      {said("people", "Adults living abroad")}
      <button type="button" onClick={() => (guess.value = { ...now, told: false })}>Guess again</button>
    </div>
  );
}
