// Answers that a screen needs: asked once for each question, newest question wins.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "./api";

export interface Loaded<T> {
  value: T | null;
  error: string;
  busy: boolean;
}

const kept = new Map<string, unknown>();
const MOST = 60;

/** What the API answers to a path and a query, or a body; the last answer stays until the next is there. */
export function useAnswer<T>(path: string, asked: Record<string, string | number> = {}, body = ""): Loaded<T> {
  const question = path && `${path}${body}?${new URLSearchParams(Object.entries(asked).map(([k, v]) => [k, String(v)]))}`;
  const [found, setFound] = useState<{ question: string; value: T | null; error: string }>({
    question: "",
    value: null,
    error: "",
  });
  useEffect(() => {
    let stale = false;
    if (!question) return;
    if (kept.has(question)) {
      setFound({ question, value: kept.get(question) as T, error: "" });
      return;
    }
    (body ? post<T>(path, JSON.parse(body)) : get<T>(path, asked)).then(
      (value) => {
        if (kept.size > MOST) kept.delete(kept.keys().next().value!);
        kept.set(question, value);
        if (!stale) setFound({ question, value, error: "" });
      },
      (error: Error) => stale || setFound({ question, value: null, error: error.message }),
    );
    return () => void (stale = true);
  }, [question]);
  const ready = kept.get(question) as T | undefined;
  if (ready && found.question !== question) return { value: ready, error: "", busy: false };
  return { value: found.value, error: found.error, busy: found.question !== question };
}
