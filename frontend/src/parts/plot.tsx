import type { ComponentChildren } from "preact";
import { num } from "../core/format";

export interface Scale {
  x: (value: number) => number;
  y: (value: number) => number;
}

interface Props {
  title: string;
  width?: number;
  height?: number;
  x: [number, number];
  y: [number, number];
  xTicks?: { at: number; text: string }[];
  yTicks?: { at: number; text: string }[];
  xLabel: string;
  yLabel: string;
  children: (scale: Scale, inner: { left: number; right: number; top: number; bottom: number }) => ComponentChildren;
}

/** About `wanted` round numbers between two ends. */
export function ticks(low: number, high: number, wanted = 4): { at: number; text: string }[] {
  const span = high - low || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough)! * power;
  const out = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + 1e-9 * span; at += step) {
    out.push({ at, text: num(Math.abs(at) < 1e-9 * span ? 0 : at) });
  }
  return out;
}

/** Ends of a scale around values, with zero if `zero`. */
export function around(values: readonly number[], zero = true): [number, number] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite, zero ? 0 : Infinity);
  const high = Math.max(...finite, zero ? 0 : -Infinity);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return high > low ? [low, high + 0.05 * (high - low)] : [low, low + 1];
}

/** A chart: axes with ticks and labels, and whatever `children` draw within. */
export function Plot({ title, width = 360, height = 176, x, y, xTicks, yTicks, xLabel, yLabel, children }: Props) {
  const inner = { left: 48, right: width - 12, top: 20, bottom: height - 34 };
  const scale: Scale = {
    x: (value) => inner.left + ((value - x[0]) / (x[1] - x[0] || 1)) * (inner.right - inner.left),
    y: (value) => inner.bottom - ((value - y[0]) / (y[1] - y[0] || 1)) * (inner.bottom - inner.top),
  };
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="group" aria-label={title} style={{ maxWidth: `${(width / 14).toFixed(2)}em` }}>
      <title>{title}</title>
      {(yTicks ?? ticks(y[0], y[1], 3)).map((tick) => (
        <g key={tick.text}>
          <line x1={inner.left} x2={inner.right} y1={scale.y(tick.at)} y2={scale.y(tick.at)} class="grid" />
          <text x={inner.left - 6} y={scale.y(tick.at) + 4} text-anchor="end">
            {tick.text}
          </text>
        </g>
      ))}
      <line x1={inner.left} x2={inner.right} y1={inner.bottom} y2={inner.bottom} class="axis" />
      {(xTicks ?? ticks(x[0], x[1], 5)).map((tick) => (
        <text key={tick.text} x={scale.x(tick.at)} y={inner.bottom + 14} text-anchor="middle">
          {tick.text}
        </text>
      ))}
      <text x={inner.right} y={height - 5} text-anchor="end" class="label">
        {xLabel}
      </text>
      <text x="0" y="11" class="label">
        {yLabel}
      </text>
      {children(scale, inner)}
    </svg>
  );
}

/** A broken line through points. */
export function line(points: readonly (readonly [number, number])[]): string {
  return points.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(2)} ${b.toFixed(2)}`).join("");
}

/** A histogram's bars in `bins` equal parts of `ends`. */
export function bins(values: readonly number[], ends: [number, number], parts = 24): { from: number; to: number; count: number }[] {
  const width = (ends[1] - ends[0]) / parts || 1;
  const counts = new Array<number>(parts).fill(0);
  for (const value of values) counts[Math.min(parts - 1, Math.max(0, Math.floor((value - ends[0]) / width)))]++;
  return counts.map((count, i) => ({ from: ends[0] + i * width, to: ends[0] + (i + 1) * width, count }));
}
