/** Three significant digits, with a true minus sign; an en dash for what is not there. */
export function num(x: number | null | undefined, digits = 3): string {
  if (x == null || !Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e6 || size < 1e-4 ? x.toExponential(digits - 1) : String(Number(x.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

/** A share as per cent. */
export function percent(x: number | null | undefined, digits = 3): string {
  return x == null || !Number.isFinite(x) ? "–" : `${num(100 * x, digits)} %`;
}

/** A whole number with thin spaces between thousands. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** `1 set`, `2 sets`. */
export function many(n: number, word: string, words = `${word}s`): string {
  return `${count(n)} ${n === 1 ? word : words}`;
}

/** Seconds as a person says them. */
export function seconds(s: number): string {
  if (s < 1) return `${num(1000 * s, 2)} ms`;
  return s < 90 ? `${num(s, 2)} s` : `${num(s / 60, 2)} min`;
}

export function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}

/** Place of the entry nearest to `x`. */
export function nearest(values: readonly number[], x: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - x) < Math.abs(values[best] - x)) best = i;
  return best;
}
