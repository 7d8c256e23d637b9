// A journey with the reader's own people and beds: asked, and told as one more what-if.
import { useState } from "preact/hooks";
import { date, title, type Journey } from "./days";
import { go } from "./state";

/** The name of the reader's own figures among the what-ifs, as the API has it. */
export const OWN = "own";

interface Room {
  place: string;
  beds: number;
  opens?: string;
}

interface Asked {
  people?: number;
  beds: Room[];
}

/** What an address says of it: `people=20000;Place=900@2018-11-16`. */
export function read(text: string): Asked {
  const asked: Asked = { beds: [] };
  for (const part of text.split(";").filter(Boolean)) {
    const [name = "", rest = ""] = part.split("=");
    const [count = "", opens] = rest.split("@");
    if (name === "people") asked.people = Number(count);
    else asked.beds.push({ place: name, beds: Number(count), ...(opens && { opens }) });
  }
  return asked;
}

function written({ people, beds }: Asked): string {
  const rooms = beds.map(({ place, beds: count, opens }) => `${place}=${count}${opens ? `@${opens}` : ""}`);
  return [...(people === undefined ? [] : [`people=${people}`]), ...rooms].join(";");
}

/** The question to the API, or nothing. */
export const bodyOf = (text: string): string => (text ? JSON.stringify(read(text)) : "");

const middle = (lower: number, upper: number): number => Math.round((lower + upper) / 2);

/** Fields for the size of the group and for the beds of every shelter; empty ones keep the file's. */
export function OwnForm({ journey, own }: { journey: Journey; own: string }) {
  const now = read(own);
  const shelters = journey.rooms.filter((room) => room.what_if === "" && room.upper > 0);
  const [people, setPeople] = useState(now.people?.toString() ?? "");
  const [rooms, setRooms] = useState<Record<string, { beds: string; opens: string }>>(
    Object.fromEntries(now.beds.map((room) => [room.place, { beds: String(room.beds), opens: room.opens ?? "" }])),
  );
  if (shelters.length === 0) return null;
  const { days } = journey.told;
  const set = (place: string, more: Partial<{ beds: string; opens: string }>): void =>
    setRooms({ ...rooms, [place]: { beds: "", opens: "", ...rooms[place], ...more } });
  const ask = (event: Event): void => {
    event.preventDefault();
    const beds = shelters.flatMap((shelter): Room[] => {
      const { name } = journey.stops[shelter.place]!;
      const { beds: count = "", opens = "" } = rooms[name] ?? {};
      if (count === "" && opens === "") return [];
      return [{ place: name, beds: count === "" ? middle(shelter.lower, shelter.upper) : Number(count), ...(opens && { opens }) }];
    });
    const text = written({ ...(people !== "" && { people: Number(people) }), beds });
    go({ own: text, whatIf: text ? OWN : "", day: -1 }, true, true);
  };
  return (
    <details class="own" open={own !== ""}>
      <summary>Your own group and beds</summary>
      <form class="row" onSubmit={ask}>
        <label class="choice">
          <span>People who ever join</span>
          <input type="number" min="100" max="1000000" step="1" placeholder="as in the file" value={people} onInput={(event) => setPeople(event.currentTarget.value)} />
        </label>
        {shelters.map((shelter) => {
          const { name } = journey.stops[shelter.place]!;
          const said = title(journey.stops[shelter.place]);
          const usual = middle(shelter.lower, shelter.upper);
          return (
            <span class="row" key={name}>
              <label class="choice">
                <span>Beds at {said}</span>
                <input type="number" min="0" max="1000000" step="1" placeholder={String(usual)} value={rooms[name]?.beds ?? ""} onInput={(event) => set(name, { beds: event.currentTarget.value })} />
              </label>
              <label class="choice">
                <span>open from<span class="unseen"> at {said}</span></span>
                <input
                  type="date"
                  min={days[0]}
                  max={days[Math.min(shelter.until, days.length) - 1]}
                  title={`in the file: ${date(days[shelter.from]!)}`}
                  value={rooms[name]?.opens || days[shelter.from]!}
                  onInput={(event) => set(name, { opens: event.currentTarget.value })}
                />
              </label>
            </span>
          );
        })}
        <button type="submit">Run with these</button>
        {own && <button type="button" onClick={() => go({ own: "", whatIf: "", day: -1 }, true, true)}>Back to the file's</button>}
      </form>
      <p class="muted">
        People join at the places and in the proportions of the file. What is left empty stays as it is; the answer is
        marked as your own wherever it goes.
      </p>
    </details>
  );
}
