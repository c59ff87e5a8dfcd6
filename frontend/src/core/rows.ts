import type { NeuronsPane, Scene } from "../schema";
import { labelIn, layerOf } from "./labels";
import { unpack } from "./load";

export type Column = "neuron" | "layer" | "set" | "share" | "second" | "second_share" | "dead";

/** All neurons as columns of numbers: nothing is written out before it is seen. */
export class Rows {
  readonly size: number;
  readonly layer: Int32Array;
  readonly columns: Record<Column, ArrayLike<number>>;
  private words: string[] | null = null;

  constructor(
    pane: NeuronsPane,
    private readonly scene: Scene,
  ) {
    const module = unpack(pane.module);
    this.size = module.length;
    const layers = scene.network?.layers ?? [];
    this.layer = new Int32Array(this.size);
    layers.forEach((layer, i) => this.layer.fill(i, layer.start, layer.start + layer.size));
    const neuron = Uint32Array.from({ length: this.size }, (_, i) => i);
    this.columns = {
      neuron,
      layer: this.layer,
      set: module,
      share: unpack(pane.share),
      second: unpack(pane.second),
      second_share: unpack(pane.second_share),
      dead: unpack(pane.dead),
    };
  }

  label(neuron: number): string {
    const layers = this.scene.network?.layers ?? [];
    return layers.length ? labelIn(layers[layerOf(layers, neuron)], neuron) : String(neuron);
  }

  /** The neurons that a search and a filter leave, in the order of a column; `-share` is the largest first. */
  pick(search: string, only: string, sort: string): Uint32Array {
    const keep = this.filter(only);
    const query = search.trim().toLowerCase();
    const words = query ? (this.words ??= Array.from({ length: this.size }, (_, i) => this.label(i).toLowerCase())) : null;
    const out = new Uint32Array(this.size);
    let n = 0;
    for (let i = 0; i < this.size; i++) if (keep(i) && (!words || words[i].includes(query))) out[n++] = i;
    const rows = out.subarray(0, n);
    const down = sort.startsWith("-");
    const key = this.columns[sort.replace(/^-/, "") as Column] ?? this.columns.neuron;
    if (key === this.columns.neuron) return down ? rows.reverse() : rows;
    return rows.sort(down ? (a, b) => key[b] - key[a] || a - b : (a, b) => key[a] - key[b] || a - b);
  }

  /** `set:2`, `layer:0`, `none`, `dead`; anything else lets all pass. */
  private filter(only: string): (neuron: number) => boolean {
    const [kind, number] = only.split(":");
    const { set, dead } = this.columns;
    if (kind === "set") return (i) => set[i] === Number(number);
    if (kind === "layer") return (i) => this.layer[i] === Number(number);
    if (kind === "none") return (i) => set[i] < 0;
    if (kind === "dead") return (i) => dead[i] > 0;
    return () => true;
  }

  csv(rows: ArrayLike<number>): string {
    const names = (set: number) => (set < 0 ? "" : (this.scene.modules?.modules[set]?.name ?? String(set)));
    const layers = this.scene.network?.layers ?? [];
    const { set, share, second, second_share, dead } = this.columns;
    const lines = ["neuron,label,layer,set,share,next_set,next_share,dead"];
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k];
      const texts = [this.label(i), layers[this.layer[i]]?.name ?? "", names(set[i])].map(quoted);
      const others = [(share[i] / 255).toFixed(4), quoted(names(second[i])), (second_share[i] / 255).toFixed(4), dead[i] ? "1" : "0"];
      lines.push([i, ...texts, ...others].join(","));
    }
    return `${lines.join("\r\n")}\r\n`;
  }
}

/** A text as CSV holds it; one that a spreadsheet would run as a formula is made harmless. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** Neurons as a line of Python. */
export function indices(rows: ArrayLike<number>): string {
  const sorted = Array.from(rows).sort((a, b) => a - b);
  const gapless = sorted.length > 1 && sorted.at(-1)! - sorted[0] === sorted.length - 1;
  if (gapless) return `neurons = torch.arange(${sorted[0]}, ${sorted.at(-1)! + 1})\n`;
  return `neurons = torch.tensor([${sorted.join(", ")}])\n`;
}
