// Questions to the server of this page; nothing else is ever asked.
import { signal } from "@preact/signals";
import type { Row } from "./rows";
import type { Columns } from "./types";

/** Set while the server of this page does not answer. */
export const gone = signal(false);
const STOPPED = "The server has stopped; nothing was computed";

const PREFIX = "api/v1";

export interface Wrong {
  where: string;
  what: string;
  fix: string;
}

export class Refused extends Error {
  readonly problems: Wrong[];
  readonly status: number;
  constructor(message: string, status: number, problems: Wrong[]) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

/** As `fetch`; a server that does not answer is said in words, and known to the whole page. */
async function reached(address: string, how?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(address, how);
    gone.value = false;
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    gone.value = true;
    throw new Error(STOPPED);
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  let message = `${response.status} ${response.statusText}`;
  let problems: Wrong[] = [];
  try {
    const { error } = await response.json();
    message = [error.field, error.message].filter(Boolean).join(": ") + `. ${error.hint}`;
    problems = error.problems ?? [];
  } catch {
    // not of our API: the status says all there is
  }
  throw new Refused(message, response.status, problems);
}

export async function get<T>(path: string, asked: Record<string, string | number> = {}): Promise<T> {
  const query = new URLSearchParams(Object.entries(asked).map(([k, v]) => [k, String(v)]));
  const address = `${PREFIX}/${path}${query.size ? `?${query}` : ""}`;
  return (await answered(await reached(address))).json();
}

async function sent(path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const text = JSON.stringify(body);
  return answered(await reached(`${PREFIX}/${path}`, { method: "POST", headers, body: text }));
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await sent(path, body)).json();
}

export async function postForText(path: string, body: unknown): Promise<string> {
  return (await sent(path, body)).text();
}

export async function remove(path: string): Promise<void> {
  await reached(`${PREFIX}/${path}`, { method: "DELETE" }).catch(() => undefined);
}

/** Rows of a table by column name. */
export function rowsOf(table: Columns): Row[] {
  return table.rows.map((cells) =>
    Object.fromEntries(table.cols.map((name, place) => [name, cells[place] ?? null])),
  );
}
