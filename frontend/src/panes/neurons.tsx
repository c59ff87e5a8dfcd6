import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { count } from "../core/format";
import { type Column, indices, Rows } from "../core/rows";
import { useStore } from "../core/store";
import { Copy, Head, Missing } from "../parts/copy";
import { Swatch } from "../parts/set";
import type { NeuronsPane } from "../schema";

const HIGH = 28;
const SPARE = 8;
const COLUMNS: [Column, string][] = [
  ["neuron", "neuron"],
  ["layer", "layer"],
  ["set", "set"],
  ["share", "share in it"],
  ["second", "next set"],
  ["second_share", "share there"],
  ["dead", "dead"],
];

export function Neurons() {
  const pane = useStore().scene.neurons;
  return (
    <>
      <Head title="Neurons">
        Every neuron, its set, and how much of it lies in that set and in the next.
      </Head>
      {pane ? <Table pane={pane} /> : <Missing pane="neurons" />}
    </>
  );
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Table({ pane }: { pane: NeuronsPane }) {
  const store = useStore();
  const { q, only, sort } = store.selection.value;
  const all = useMemo(() => new Rows(pane, store.scene), [pane]);
  const rows = useMemo(() => all.pick(q, only, sort), [all, q, only, sort]);
  return (
    <>
      <div class="tools" role="toolbar" aria-label="Neurons">
        <input
          type="search"
          class="search"
          placeholder="Layer or label ( / )"
          aria-label="Search neurons by layer or label"
          value={q}
          onInput={(event) => store.go({ q: event.currentTarget.value }, true)}
        />
        <select aria-label="Which neurons" value={only} onChange={(event) => store.go({ only: event.currentTarget.value })}>
          <option value="">all neurons</option>
          <option value="none">in no set</option>
          <option value="dead">dead</option>
          {store.modules.map((facts, set) => (
            <option key={`s${set}`} value={`set:${set}`}>
              set: {facts.name}
            </option>
          ))}
          {store.layers.map((layer, i) => (
            <option key={`l${i}`} value={`layer:${i}`}>
              layer: {layer.name}
            </option>
          ))}
        </select>
        {store.selection.value.A !== null && (
          <button type="button" onClick={() => store.go({ only: `set:${store.selection.value.A}` })}>
            Those of A
          </button>
        )}
        <span class="gap" />
        <Copy text={() => indices(rows)} what={`${count(rows.length)} indices as Python`}>
          Copy indices as Python
        </Copy>
        <button type="button" class="quiet" onClick={() => save(all.csv(rows), "neurons.csv")}>
          Export CSV
        </button>
      </div>
      <p class="note" aria-live="polite">
        {count(rows.length)} of {count(all.size)} neurons
      </p>
      <Window all={all} rows={rows} sort={sort} />
    </>
  );
}

/** Only the rows in view are in the document. */
function Window({ all, rows, sort }: { all: Rows; rows: Uint32Array; sort: string }) {
  const store = useStore();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [high, setHigh] = useState(560);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => box.current && setHigh(box.current.clientHeight));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    box.current!.scrollTop = 0;
    setTop(0);
  }, [rows]);
  const first = Math.max(0, Math.floor(top / HIGH) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top + high) / HIGH) + SPARE);
  const by = (column: Column) => store.go({ sort: sort === column ? `-${column}` : column });
  const down = sort.startsWith("-");
  return (
    <div class="window" ref={box} tabIndex={0} role="region" aria-label="Table of neurons" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <table class="neurons" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {COLUMNS.map(([column, title]) => {
              const sorted = sort.replace("-", "") === column;
              return (
                <th key={column} scope="col" aria-sort={sorted ? (down ? "descending" : "ascending") : "none"}>
                  <button type="button" class="sort" onClick={() => by(column)}>
                    {title}
                    {sorted ? (down ? " ↓" : " ↑") : ""}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr class="filler" style={{ height: `${first * HIGH}px` }} aria-hidden="true" />}
          {Array.from(rows.subarray(first, last), (neuron, k) => (
            <Row key={neuron} all={all} neuron={neuron} place={first + k} />
          ))}
          {last < rows.length && <tr class="filler" style={{ height: `${(rows.length - last) * HIGH}px` }} aria-hidden="true" />}
        </tbody>
      </table>
    </div>
  );
}

function Row({ all, neuron, place }: { all: Rows; neuron: number; place: number }) {
  const store = useStore();
  const { set, share, second, second_share, dead } = all.columns;
  const own = set[neuron];
  const hovered = useComputed(() => own >= 0 && store.hover.value === own);
  const name = (which: number) =>
    which < 0 ? (
      <span class="note">none</span>
    ) : (
      <>
        <Swatch set={which} /> {store.name(which)}
      </>
    );
  return (
    <tr
      aria-rowindex={place + 2}
      class={hovered.value ? "hovered" : ""}
      onPointerEnter={() => {
        store.hover.value = own >= 0 ? own : null;
      }}
      onPointerLeave={() => {
        store.hover.value = null;
      }}
    >
      <th scope="row" class="label" title={`neuron ${neuron}`}>
        {all.label(neuron)}
      </th>
      <td>{store.layers[all.layer[neuron]]?.name}</td>
      <td>
        {own < 0 ? (
          name(own)
        ) : (
          <button type="button" class="link" onClick={() => store.pick(own)}>
            {name(own)}
          </button>
        )}
      </td>
      <td class="number">{(share[neuron] / 255).toFixed(3)}</td>
      <td>{name(second[neuron])}</td>
      <td class="number">{(second_share[neuron] / 255).toFixed(3)}</td>
      <td>{dead[neuron] ? "dead" : ""}</td>
    </tr>
  );
}
