/** The matrix as pixels: in an order, at several sizes, each half as fine and holding the largest of four cells. */

export type Ramp = Uint32Array;

/** Greys for 256 levels between two CSS colours; by the root, so that weak correlations show. */
export function ramp(low: string, high: string): Ramp {
  const [a, b] = [rgb(low), rgb(high)];
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const share = Math.sqrt(i / 255);
    const [r, g, blue] = a.map((part, k) => Math.round(part + share * (b[k] - part)));
    return (255 << 24) | (blue << 16) | (g << 8) | r;
  });
}

function rgb(text: string): number[] {
  const hex = text.trim().replace("#", "");
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) || 0);
}

/** The cells in an order, row by row. */
export function permuted(values: ArrayLike<number>, size: number, order: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = order[i] * size;
    for (let j = 0; j < size; j++) out[i * size + j] = values[row + order[j]];
  }
  return out;
}

/** Half as fine: the largest of each four cells. */
export function pooled(values: Uint8Array, size: number): { values: Uint8Array; size: number } {
  const half = Math.ceil(size / 2);
  const out = new Uint8Array(half * half);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = (i >> 1) * half + (j >> 1);
      if (values[i * size + j] > out[at]) out[at] = values[i * size + j];
    }
  }
  return { values: out, size: half };
}

export function painted(values: Uint8Array, size: number, shades: Ramp): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const image = new ImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < values.length; i++) pixels[i] = shades[values[i]];
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

/** All sizes of a matrix in one order; each is painted when it is first wanted. */
export class Pyramid {
  private readonly levels: { values: Uint8Array; size: number; canvas?: HTMLCanvasElement }[];

  constructor(
    values: ArrayLike<number>,
    readonly size: number,
    order: ArrayLike<number>,
    private readonly shades: Ramp,
  ) {
    this.levels = [{ values: permuted(values, size, order), size }];
  }

  /** The finest painting whose cells are at least a pixel, and how many cells each of its pixels stands for. */
  at(cell: number): { canvas: HTMLCanvasElement; cells: number } {
    let k = 0;
    while (cell * 2 ** k < 1 && this.levels[k].size > 1) {
      k++;
      this.levels[k] ??= pooled(this.levels[k - 1].values, this.levels[k - 1].size);
    }
    const level = this.levels[k];
    level.canvas ??= painted(level.values, level.size, this.shades);
    return { canvas: level.canvas, cells: 2 ** k };
  }
}

/** Between two orders: every cell on its way from one place to the other. */
export function between(values: ArrayLike<number>, size: number, from: ArrayLike<number>, to: ArrayLike<number>, share: number, shades: Ramp): HTMLCanvasElement {
  const place = new Float32Array(size);
  for (let i = 0; i < size; i++) place[from[i]] = (1 - share) * i;
  for (let i = 0; i < size; i++) place[to[i]] += share * i;
  const out = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = Math.round(place[i]) * size;
    for (let j = 0; j < size; j++) {
      const at = row + Math.round(place[j]);
      if (values[i * size + j] > out[at]) out[at] = values[i * size + j];
    }
  }
  return painted(out, size, shades);
}

export interface Run {
  set: number;
  from: number;
  to: number;
}

/** Stretches of an order whose neurons are in the same set (or layer); those in none are left out. */
export function runs(of: ArrayLike<number>, order: ArrayLike<number>): Run[] {
  const out: Run[] = [];
  for (let i = 0; i < order.length; i++) {
    const set = of[order[i]];
    const last = out.at(-1);
    if (last && last.set === set && last.to === i) last.to = i + 1;
    else out.push({ set, from: i, to: i + 1 });
  }
  return out.filter((run) => run.set >= 0);
}
