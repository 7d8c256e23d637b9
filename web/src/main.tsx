// The frame: name, search, screens, theme; and which screen is open.
import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { get, gone } from "./api";
import { redo, undo } from "./solving";
import { Waiting } from "./parts";
import { Search } from "./search";
import { address, dark, embed, go, meta, noted, notice, palette, readAddress, rested, state, type Page, type State } from "./state";
import type { Meta } from "./types";
import { WorldPage } from "./world";

type Shown = () => preact.JSX.Element;

/** A screen that is fetched when it is first opened: the first screen does not wait for it. */
function fetched(load: () => Promise<Shown>): Shown {
  const screen = signal<Shown | null>(null);
  return () => {
    useEffect(() => void (screen.value ?? load().then((found) => (screen.value = found))), []);
    return screen.value ? <screen.value /> : <Waiting what="the screen" />;
  };
}

const SCREENS: [Page, string, Shown][] = [
  ["world", "World", WorldPage],
  ["place", "Place", fetched(async () => (await import("./cards")).PlacePage)],
  ["corridor", "Corridor", fetched(async () => (await import("./cards")).CorridorPage)],
  ["scenario", "Scenario", fetched(async () => (await import("./scenario")).ScenarioPage)],
  ["journey", "Journeys", fetched(async () => (await import("./journey")).JourneyPage)],
  ["data", "Data", fetched(async () => (await import("./data")).DataPage)],
];

function paint(): void {
  const root = document.documentElement;
  if (embed) root.dataset.embed = "yes";
  root.dataset.theme = dark.value ? "dark" : "light";
  for (const [role, value] of Object.entries(palette.value)) {
    if (typeof value === "string") root.style.setProperty(`--${role}`, value);
  }
}

function typing(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && ["range", "checkbox"].includes(target.type)) return false;
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** A link of the frame: from what the address has, which a drag leaves as it is. */
const linked = (change: Partial<State>): string => address({ ...noted.value, ...change });

function Page_() {
  const now = noted.value;
  const [, title, Screen] = SCREENS.find(([page]) => page === now.page)!;
  useEffect(paint, [dark.value]);
  useEffect(() => void (document.title = `${title} · corridors`), [title]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === "/" && !typing(event.target)) {
        event.preventDefault();
        document.getElementById("search")?.focus();
      } else if ((event.ctrlKey || event.metaKey) && "zyZY".includes(event.key) && state.value.page === "scenario" && !typing(event.target)) {
        event.preventDefault();
        if (event.key.toLowerCase() === "y" || event.shiftKey) redo();
        else undo();
      } else if (event.key === "Escape" && !typing(event.target) && state.value.focus) {
        go({ focus: "", partner: "" }, true);
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  if (embed) {
    return (
      <main id="main">
        <Screen key={now.page} />
        <p class="muted">
          <a href={`./${address(now)}`} target="_blank" rel="noopener">corridors {meta.value.version}</a>, model and figures{" "}
          <code>{meta.value.hash}</code>. Outlines imply no opinion on borders.
        </p>
      </main>
    );
  }
  const themes = { auto: "light", light: "dark", dark: "auto" } as const;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}>
        To the content
      </a>
      <header class="bar" onPointerDown={rested} onFocusIn={rested}>
        <a class="brand" href={linked({ page: "world", focus: "", partner: "" })}>corridors</a>
        <nav aria-label="Screens">
          {SCREENS.map(([page, text]) => (
            <a key={page} href={linked({ page })} aria-current={page === now.page ? "page" : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <Search />
        <button type="button" onClick={() => void navigator.clipboard?.writeText(location.href.replace(/#.*|$/, address(now))).then(() => (notice.value = "Link copied."))}>
          Copy link
        </button>
        <button type="button" onClick={() => go({ theme: themes[now.theme] })}>
          Theme: {now.theme}
        </button>
      </header>
      <p class="status" role="status">{notice.value}</p>
      {gone.value && <Stopped />}
      <main id="main" tabIndex={-1}>
        <Screen key={now.page} />
      </main>
      <footer>
        <p>
          corridors {meta.value.version} · model and figures <code>{meta.value.hash}</code> · people of mid-
          {meta.value.people_year}, economy of {meta.value.economy_year} in the model · code under MIT, figures under
          their publishers' terms (<a href={linked({ page: "data", source: "" })}>Data</a>)
        </p>
        <p class="muted">
          <span class="badge reported">reported</span> published by its source,{" "}
          <span class="badge modelled">modelled</span> derived by a model,{" "}
          <span class="badge assumed">assumed</span> put in by hand. Outlines imply no opinion on borders.
        </p>
      </footer>
    </>
  );
}

/** The server does not answer: what to do, and the way back with nothing lost. */
function Stopped() {
  const again = async (): Promise<void> => {
    try {
      await get("studies");
      location.reload(); // the address has all that was looked at
    } catch {
      notice.value = "Still no answer.";
    }
  };
  return (
    <p class="failure stopped" role="alert">
      The server has stopped. Run <code>corridors serve --port {location.port} --no-browser</code> in a terminal, then{" "}
      <button type="button" onClick={() => void again()}>Try again</button>
    </p>
  );
}

async function begin(): Promise<void> {
  const root = document.getElementById("page")!;
  try {
    meta.value = await get<Meta>("meta");
  } catch (error) {
    root.textContent = `The server does not answer (${(error as Error).message}). Start it again: corridors serve`;
    return;
  }
  readAddress();
  paint();
  addEventListener("popstate", readAddress);
  addEventListener("hashchange", readAddress);
  root.replaceChildren();
  render(<Page_ />, root);
  document.documentElement.dataset.ready = "yes";
}

void begin();
