import { useEffect, useRef } from "preact/hooks";
import { KEYS, link, press, turn } from "./core/keys";
import { count } from "./core/format";
import { python } from "./core/python";
import { PANES, type Pane } from "./core/selection";
import { type Store, StoreContext, useStore } from "./core/store";
import { useCopy } from "./parts/copy";
import { Swatch } from "./parts/set";
import { Contrast } from "./panes/contrast";
import { Evidence } from "./panes/evidence";
import { Generator } from "./panes/generator";
import { Inputs } from "./panes/inputs";
import { JobBar } from "./panes/live";
import { Manifold } from "./panes/manifold";
import { Matrix } from "./panes/matrix";
import { Modules } from "./panes/modules";
import { Neurons } from "./panes/neurons";
import { Rail } from "./panes/rail";

const VIEWS: Record<Pane, [string, () => preact.JSX.Element]> = {
  modules: ["Modules", Modules],
  matrix: ["Matrix", Matrix],
  neurons: ["Neurons", Neurons],
  inputs: ["Inputs", Inputs],
  contrast: ["Contrast", Contrast],
  evidence: ["Evidence", Evidence],
  generator: ["Generator", Generator],
  manifold: ["Manifold", Manifold],
};

export function Explorer({ store }: { store: Store }) {
  return (
    <StoreContext.Provider value={store}>
      <Page />
    </StoreContext.Provider>
  );
}

function Page() {
  const store = useStore();
  const root = useRef<HTMLDivElement>(null);
  const copy = useCopy();
  const acts = {
    link: () => void copy(link(store), "the link"),
    python: () => void copy(python(store), "the view as Python"),
    search: () => {
      store.go({ pane: "neurons" });
      setTimeout(() => root.current?.querySelector<HTMLInputElement>(".search")?.focus());
    },
  };
  useEffect(() => {
    const target: EventTarget = store.options.address ? document : root.current!;
    const listen = (event: Event) => press(store, event as KeyboardEvent, acts);
    target.addEventListener("keydown", listen);
    return () => target.removeEventListener("keydown", listen);
  }, []);
  const { pane } = store.selection.value;
  const View = VIEWS[pane][1];
  const rail = Boolean(store.scene.modules);
  return (
    <div class="pf-explorer" ref={root} data-theme={store.theme.value} data-pane={pane} data-widget={store.options.address ? undefined : ""}>
      <Top acts={acts} />
      <JobBar />
      <OtherRun />
      <div class="body">
        <main class={rail ? "columns" : "columns single"}>
          {rail && <Rail />}
          <section class="pane" role="tabpanel" aria-label={VIEWS[pane][0]}>
            <View />
          </section>
        </main>
      </div>
      <p class="said" role="status">
        {store.said.value}
      </p>
      <Help />
      <ByHand />
    </div>
  );
}

function Top({ acts }: { acts: { link: () => void; python: () => void } }) {
  const store = useStore();
  const { made, network, live } = store.scene;
  const { theme } = store;
  const { shelf } = store.options;
  return (
    <header class="top">
      <div class="bar">
        <h1>
          {shelf ? (
            <select aria-label="Study" value={String(shelf.place)} onChange={(event) => shelf.go(Number(event.currentTarget.value))}>
              {shelf.titles.map((title, i) => (
                <option key={i} value={String(i)}>
                  {title}
                </option>
              ))}
            </select>
          ) : (
            made.title
          )}
        </h1>
        {network && (
          <p class="network">
            {network.model} · {count(network.parameters)} parameters · {count(network.neurons)} neurons{live ? " · live" : ""}
          </p>
        )}
        <span class="gap" />
        <span class="acts">
        <Chip which="A" />
        <Chip which="B" />
        <button type="button" class="quiet" onClick={acts.link}>
          Copy link
        </button>
        <button type="button" class="quiet" onClick={acts.python}>
          Copy as Python
        </button>
        <button type="button" class="quiet" onClick={() => turn(store)} aria-label={`Colours: ${theme.value}. Change`}>
          {theme.value === "auto" ? "Auto" : theme.value === "light" ? "Light" : "Dark"}
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="Keys"
          onClick={() => {
            store.help.value = true;
          }}
        >
          ?
        </button>
        </span>
      </div>
      <nav role="tablist" aria-label="Panes" onKeyDown={(event) => walkTabs(store, event)}>
        {PANES.map((pane) => {
          const on = store.selection.value.pane === pane;
          return (
            <button key={pane} data-tab={pane} type="button" role="tab" aria-selected={on} tabIndex={on ? 0 : -1} class={absent(store, pane) ? "absent" : ""} onClick={() => store.go({ pane })}>
              {VIEWS[pane][0]}
            </button>
          );
        })}
      </nav>
    </header>
  );
}

function walkTabs(store: Store, event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const next = PANES[(PANES.indexOf(store.selection.value.pane) + step + PANES.length) % PANES.length];
  store.go({ pane: next });
  (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus();
}

/** Whether the scene holds nothing for a pane. */
function absent(store: Store, pane: Pane): boolean {
  const { scene } = store;
  if (pane === "inputs") return !scene.examples;
  if (pane === "contrast") return !scene.contrasts.length && !scene.live;
  return !scene[pane];
}

function Chip({ which }: { which: "A" | "B" }) {
  const store = useStore();
  const set = store.selection.value[which];
  if (set === null) return null;
  return (
    <span class="chip">
      <span class="role">{which}</span> <Swatch set={set} />
      <span class="called" title={store.name(set)}>
        {store.name(set)}
      </span>
      <button type="button" class="quiet" aria-label={`Let ${which} go`} onClick={() => store.pick(set)}>
        ×
      </button>
    </span>
  );
}

/** A link of another run is followed, but the person is told. */
function OtherRun() {
  const store = useStore();
  const said = store.options.address ? new URLSearchParams(location.hash.slice(1)).get("run") : null;
  if (!said || store.scene.run.startsWith(said)) return null;
  return (
    <p class="trouble" role="alert">
      This link was made for run {said}; this is run {store.scene.run}. Numbers of sets and inputs may mean others here.
    </p>
  );
}

function Help() {
  const store = useStore();
  if (!store.help.value) return null;
  const close = () => {
    store.help.value = false;
  };
  return (
    <Sheet title="Keys" onClose={close}>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}

/** Where a browser does not let a page copy: the text, marked, for the person to copy. */
function ByHand() {
  const store = useStore();
  const text = store.byHand.value;
  if (text === null) return null;
  return (
    <Sheet
      title="Copy by hand"
      onClose={() => {
        store.byHand.value = null;
      }}
    >
      <textarea readOnly value={text} rows={8} aria-label="Text to copy" ref={(node) => node?.select()} />
    </Sheet>
  );
}

function Sheet({ title, onClose, children }: { title: string; onClose: () => void; children: preact.ComponentChildren }) {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && onClose()}>
      <div class="sheet" role="dialog" aria-modal="true" aria-label={title}>
        <h2>{title}</h2>
        {children}
        <button type="button" ref={close} onClick={onClose}>
          Close
        </button>
      </div>
    </div>
  );
}
