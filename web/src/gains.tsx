// What a mover gains: pay where people live beside pay where they were born, today and then.
import { useEffect, useState } from "preact/hooks";
import { post, rowsOf } from "./api";
import { Badge, Downloads, Failure, Table, Waiting } from "./parts";
import { meta, name } from "./state";
import type { Row } from "./rows";
import type { Gains as Told, Scenario } from "./types";

const PAY = "PPP $, whole";
const SCHOOLING: Record<string, string> = { low: "below tertiary", high: "tertiary" };

interface Asked {
  scenario: Scenario;
  /** Of one corridor alone. */
  ends?: [born: string, lives: string];
  file: string;
  source: string;
}

/** Asked of the library, which computes it; the page only writes it down. */
export function Gains({ scenario, ends, file, source }: Asked) {
  const [told, setTold] = useState<Told | null>(null);
  const [error, setError] = useState("");
  const question = JSON.stringify({ scenario, ...(ends && { birthplace: ends[0], residence: ends[1] }) });
  useEffect(() => {
    let stale = false;
    post<Told>("scenario/gains", JSON.parse(question)).then(
      (found) => {
        if (stale) return;
        setTold(found);
        setError("");
      },
      (failed: Error) => stale || setError(failed.message),
    );
    return () => void (stale = true);
  }, [question]);
  if (error) return <Failure error={error} />;
  if (!told) return <Waiting what="what movers gain" />;
  const moved = scenario.levers.length > 0;
  const year = `${told.economy_year} (model)`;
  const rows = rowsOf(told.corridors);
  const files = (): Row[] =>
    rows.map(({ status, ...row }) => ({
      ...row,
      ...(scenario.statuses && { status }),
      birthplace_name: name(String(row.birthplace)),
      residence_name: name(String(row.residence)),
      unit: "PPP dollars of 2021 a year, an adult, before remittances",
      kind: "modelled",
      baseline: year,
    }));
  return (
    <section class="gains" aria-label="What a mover gains">
      <h2>What a mover gains</h2>
      <p class="said">{told.sentence} <Badge kind="modelled" /></p>
      <Table
        caption={`Pay of an adult, at work or not, before remittances; PPP dollars of 2021 a year${moved && !ends ? "; the corridors that change most" : ""}`}
        page={10}
        rows={rows.map((row) => ({
          ...row,
          born: name(String(row.birthplace)),
          lives: name(String(row.residence)),
          schooling: SCHOOLING[String(row.skill)] ?? row.skill!,
        }))}
        columns={[
          { key: "born", title: "Born in" },
          { key: "lives", title: "Living in" },
          { key: "schooling", title: "Schooling" },
          ...(scenario.statuses ? [{ key: "status", title: "Status" }] : []),
          { key: "people_now", title: `Adults, ${told.people_year}`, unit: "persons" },
          { key: "home_now", title: `Pay at home, ${year}`, unit: PAY },
          { key: "abroad_now", title: "Pay there", unit: PAY },
          { key: "gain_now", title: "Gain", unit: `${PAY}, change` },
          ...(moved
            ? [
                { key: "home_after", title: "Then at home", unit: PAY },
                { key: "abroad_after", title: "Then there", unit: PAY },
                { key: "gain_after", title: "Gain then", unit: `${PAY}, change` },
              ]
            : []),
        ]}
      />
      <Downloads file={`${file}-gains`} title="What a mover gains" rows={files} sources={[source]} />
      {moved && <Leaving told={told} file={file} source={source} />}
    </section>
  );
}

const MOVES: Record<string, string> = { leaves: "leave", returns: "return" };

/** Those who move because of the scenario: what they earned before, what they earn then. */
function Leaving({ told, file, source }: { told: Told; file: string; source: string }) {
  const rows = rowsOf(told.movers);
  if (rows.length === 0) return <p class="muted">Nobody moves because of this scenario.</p>;
  return (
    <details>
      <summary>Who moves because of the scenario, and what they earn before and after</summary>
      <Table
        caption="Movers by birthplace and schooling, wherever they go; PPP dollars of 2021 a year"
        page={10}
        rows={rows.map((row) => ({ ...row, born: name(String(row.area)), schooling: SCHOOLING[String(row.skill)] ?? row.skill!, move: MOVES[String(row.move)] ?? row.move! }))}
        columns={[
          { key: "born", title: "Born in" },
          { key: "schooling", title: "Schooling" },
          { key: "move", title: "They" },
          { key: "persons", title: "Adults", unit: "persons" },
          { key: "income_now", title: "Earned before", unit: PAY },
          { key: "income_after", title: "Earn then", unit: PAY },
          { key: "gain", title: "Gain", unit: `${PAY}, change` },
          { key: "note", title: "" },
        ]}
      />
      <Downloads file={`${file}-movers`} title="Movers" rows={() => rows.map((row) => ({ ...row, unit: "PPP dollars of 2021 a year", kind: "modelled" }))} sources={[source]} />
    </details>
  );
}

export const modelled = (hash: string): string =>
  `corridors ${meta.value.version}, model and figures ${meta.value.hash}, scenario ${hash}; modelled`;
