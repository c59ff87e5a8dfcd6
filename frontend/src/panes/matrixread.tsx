import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { count, num } from "../core/format";
import { layerOf } from "../core/labels";
import { unpack } from "../core/load";
import { useStore } from "../core/store";
import { Swatch } from "../parts/set";
import type { MatrixPane } from "../schema";

/** Which two neurons the crosshair is on, and their number. */
export function Readout({ pane, at, order }: { pane: MatrixPane; at: ReadonlySignal<[number, number] | null>; order: ArrayLike<number> }) {
  const store = useStore();
  if (!at.value) return <p class="readout">Point at a cell, or focus the matrix and use the arrows. Drag to pan; click it, then scroll to zoom.</p>;
  const [i, j] = at.value.map((place) => order[place]);
  const neurons = unpack(pane.neurons);
  const module = unpack(pane.module);
  const value = (unpack(pane.values)[i * neurons.length + j] / 255) * pane.scale;
  const one = (k: number) => {
    const layer = store.layers.length ? store.layers[layerOf(store.layers, neurons[k])].name : "";
    return (
      <>
        <Swatch set={module[k]} /> <b>{store.label(neurons[k])}</b> {layer && `(layer ${layer}${module[k] >= 0 ? `, ${store.name(module[k])}` : ", in no set"})`}
      </>
    );
  };
  return (
    <p class="readout" aria-live="polite">
      r² = <b data-value={value}>{num(value)}</b> · {one(i)} × {one(j)}
    </p>
  );
}

/** What the greys mean. */
export function Legend({ pane, pooled }: { pane: MatrixPane; pooled: boolean }) {
  const at = (share: number) => num(pane.scale * share * share, 2);
  return (
    <div class="legend">
      <span>r²</span>
      <div class="ramp">
        <div class="shades" />
        <div class="values">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <span key={share}>{at(share)}</span>
          ))}
        </div>
      </div>
      <span class="note">
        two neurons at random: {num(pane.mean)}. {pooled ? "Cells are smaller than pixels: each pixel shows the largest." : ""}
      </span>
    </div>
  );
}

/** Mean of the cells whose row is in one set and whose column is in the other, the diagonal left out. */
function mean(values: ArrayLike<number>, module: ArrayLike<number>, a: number, b: number, scale: number): number {
  const [rows, columns] = [a, b].map((set) => Array.from({ length: module.length }, (_, i) => i).filter((i) => module[i] === set));
  let sum = 0;
  let cells = 0;
  for (const i of rows) {
    for (const j of columns) {
      if (i === j) continue;
      sum += values[i * module.length + j];
      cells++;
    }
  }
  return cells ? ((sum / cells) * scale) / 255 : NaN;
}

/** The levels within and between the chosen sets, as numbers. */
export function Figures({ pane }: { pane: MatrixPane }) {
  const store = useStore();
  const { A, B } = store.selection.value;
  const rows = useMemo(() => {
    const [values, module] = [unpack(pane.values), unpack(pane.module)];
    const of = (a: number, b: number) => mean(values, module, a, b, pane.scale);
    const out: [string, number][] = [];
    if (A !== null) out.push([`within A, ${store.name(A)}`, of(A, A)]);
    if (B !== null) out.push([`within B, ${store.name(B)}`, of(B, B)]);
    if (A !== null && B !== null) out.push(["between A and B", of(A, B)]);
    return out;
  }, [pane, A, B]);
  const shown = pane.neurons.shape[0];
  return (
    <>
      <p class="note">
        {count(shown)} of {count(store.scene.network?.neurons ?? shown)} neurons are drawn{rows.length ? "; mean r² of these:" : "; choose A and B to read the levels within and between them."}
      </p>
      {rows.length > 0 && (
        <table class="plain">
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{num(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
