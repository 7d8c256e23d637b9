// The scenario's answers: one question on its way at a time, the newest next, each painted in order.
import { batch, signal } from "@preact/signals";
import { post, Refused, remove, get, type Wrong } from "./api";
import { dragged, go, rested, state } from "./state";
import type { Answer, Job, Scenario, StudyFile } from "./types";

export const answer = signal<Answer | null>(null);
/** The scenario that `answer` is about: an answer never stands under another title. */
export const answered = signal<Scenario | null>(null);
export const kept = signal<Answer | null>(null);
export const wrong = signal<Wrong[]>([]);
export const solving = signal(false);
export const job = signal<Job | null>(null);
/** The scenario that `job` is about; a range belongs to no other. */
export const drawn = signal("");
export const automatic = signal(true);
/** The range of A, of the scenario that is kept. */
export const keptJob = signal<Job | null>(null);
/** The file that the scenario came from: what the page does not show of it is saved again. */
export const loaded = signal<{ file: StudyFile; policy: string; name: string } | null>(null);

let next: Scenario | null = null;
/** The newest question: waiting, on its way or answered; who asks it again has nothing to wait for. */
let newest = "";

/** Ask for a scenario; while one is on its way only the newest waits. */
export function ask(scenario: Scenario): void {
  const text = JSON.stringify(scenario);
  if (text === newest) return;
  newest = text;
  next = scenario;
  if (!solving.value) void work();
}

async function work(): Promise<void> {
  solving.value = true;
  while (next) {
    const scenario: Scenario = next;
    next = null;
    try {
      const found = await post<Answer>("scenario?areas=drawn", scenario);
      batch(() => {
        answer.value = found;
        answered.value = scenario;
        if (wrong.value.length) wrong.value = [];
      });
    } catch (error) {
      if (error instanceof Refused && error.status === 429) {
        await new Promise((done) => setTimeout(done, 200));
        next ??= scenario;
        continue;
      }
      if (!(error instanceof Refused) && next === null) newest = ""; // without a server the question stays open
      const problems = error instanceof Refused ? error.problems : [];
      wrong.value = problems.length ? problems : [{ where: "", what: (error as Error).message, fix: "" }];
    }
  }
  solving.value = false;
}

let keeping = 0;

/** Keep a scenario as A, or drop it; an answer that comes after a later choice is not taken. */
export async function keep(scenario: Scenario | null): Promise<void> {
  const choice = ++keeping;
  // A range that was drawn for this very scenario goes with it.
  const own = scenario !== null && drawn.value === JSON.stringify(scenario) && job.value?.state === "done";
  keptJob.value = own ? job.value : null;
  go({ kept: scenario }, false, true);
  const solved = scenario === null ? null : await post<Answer>("scenario?areas=drawn", scenario);
  if (choice === keeping) kept.value = solved;
}

// --- undo and redo -----------------------------------------------------------------------------

const STEPS = "corridors-steps";
const [past, future] = remembered();
export const steps = signal({ back: past.length, forward: future.length });
let resting: Scenario | null = null;

/** The steps of this tab, over reloads. */
function remembered(): [Scenario[], Scenario[]] {
  try {
    const [before, after] = JSON.parse(sessionStorage.getItem(STEPS) ?? "[[],[]]");
    return [before, after];
  } catch {
    return [[], []];
  }
}

function count(): void {
  try {
    sessionStorage.setItem(STEPS, JSON.stringify([past, future]));
  } catch {
    // a full or forbidden store loses the steps of a reload, nothing else
  }
  steps.value = { back: past.length, forward: future.length };
}

/** Change the scenario. While dragging only `rest` ends a step that can be undone. */
export function change(scenario: Scenario, dragging = false): void {
  resting ??= state.value.scenario;
  if (dragging) dragged({ scenario });
  else go({ scenario }, JSON.stringify(scenario) !== JSON.stringify(state.value.scenario), true);
  ask(scenario);
  stopDraws();
  if (!dragging) rest();
}

/** The reader let go: one step to undo, and time for a range. */
export function rest(): void {
  if (resting && JSON.stringify(resting) !== JSON.stringify(state.value.scenario)) {
    past.push(resting);
    if (past.length > 100) past.shift();
    future.length = 0;
    count();
  }
  resting = null;
  rested();
  if (automatic.value) later();
}

function turn(from: Scenario[], to: Scenario[]): void {
  const scenario = from.pop();
  if (!scenario) return;
  to.push(state.value.scenario);
  go({ scenario }, true, true);
  ask(scenario);
  stopDraws();
  count();
}

export const undo = (): void => turn(past, future);
export const redo = (): void => turn(future, past);

// --- the range ---------------------------------------------------------------------------------

const DRAWS = 24;
let timer = 0;

function later(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    if (state.value.page === "scenario" && state.value.scenario.levers.length) void draw();
  }, 1500);
}

export function stopDraws(): void {
  clearTimeout(timer);
  if (job.value?.state === "running") void remove(`jobs/${job.value.id}`);
  job.value = null;
}

/** Draws of every parameter for the scenario that is shown, and then for the one that is kept. */
export async function draw(number = DRAWS): Promise<void> {
  stopDraws();
  const scenario = state.value.scenario;
  drawn.value = JSON.stringify(scenario);
  await followed(scenario, number, job);
  const { kept: a } = state.value;
  if (a && !keptJob.value && job.value?.state === "done") await followed(a, number, keptJob);
}

/** Start a job and look after it until it ends, or until `into` has another one. */
async function followed(scenario: Scenario, number: number, into: typeof job): Promise<void> {
  try {
    let now = await post<Job>("jobs", { scenario, draws: number, seed: 1 });
    into.value = now;
    while (now.state === "running") {
      await new Promise((done) => setTimeout(done, 500));
      if (into.value?.id !== now.id) return;
      now = await get<Job>(`jobs/${now.id}`);
      if (into.value?.id === now.id) into.value = now;
    }
  } catch (error) {
    if (error instanceof Refused && error.status === 429) later();
  }
}
