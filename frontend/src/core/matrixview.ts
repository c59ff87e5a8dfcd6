import { clamp } from "./format";
import type { Run } from "./raster";

/** What of the matrix is in view, in cells. */
export interface View {
  x: number;
  y: number;
  span: number;
}

export interface Frame {
  left: number;
  top: number;
  side: number;
}

const CLOSEST = 6;

export function whole(size: number): View {
  return { x: 0, y: 0, span: size };
}

/** Nearer or farther around a cell that stays where it is. */
export function zoomed(view: View, size: number, factor: number, x: number, y: number): View {
  const span = clamp(view.span * factor, Math.min(CLOSEST, size), size);
  const share = span / view.span;
  return moved({ x: x - (x - view.x) * share, y: y - (y - view.y) * share, span }, size, 0, 0);
}

export function moved(view: View, size: number, dx: number, dy: number): View {
  return { ...view, x: clamp(view.x + dx, 0, size - view.span), y: clamp(view.y + dy, 0, size - view.span) };
}

export interface Look {
  ink: string;
  muted: string;
  paper: string;
}

export interface Marks {
  /** Sets outlined as squares on the diagonal. */
  sets: Run[];
  /** Names along the left edge. */
  names: { text: string; from: number; to: number }[];
  strip: Run[];
  colour: (set: number) => string;
}

/** Everything over the matrix that changes with the order but not with the pointer. */
export function drawMarks(pen: CanvasRenderingContext2D, frame: Frame, view: View, marks: Marks, look: Look): void {
  const scale = frame.side / view.span;
  const X = (cell: number) => frame.left + (cell - view.x) * scale;
  const Y = (cell: number) => frame.top + (cell - view.y) * scale;
  const inside = (from: number, to: number, start: number) => [clamp(from, start, start + view.span), clamp(to, start, start + view.span)];
  for (const run of marks.strip) {
    const [a, b] = inside(run.from, run.to, view.y);
    const [c, d] = inside(run.from, run.to, view.x);
    pen.fillStyle = marks.colour(run.set);
    if (b > a) pen.fillRect(frame.left - 8, Y(a), 5, Math.max(1, (b - a) * scale));
    if (d > c) pen.fillRect(X(c), frame.top - 8, Math.max(1, (d - c) * scale), 5);
  }
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.side, frame.side);
  pen.clip();
  pen.lineWidth = 2;
  for (const run of marks.sets) {
    pen.strokeStyle = marks.colour(run.set);
    pen.strokeRect(X(run.from), Y(run.from), (run.to - run.from) * scale, (run.to - run.from) * scale);
  }
  pen.restore();
  if (frame.left < 40) return;
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  let free = -Infinity;
  for (const name of marks.names) {
    const [a, b] = inside(name.from, name.to, view.y);
    const middle = Y((a + b) / 2);
    if (b <= a || middle < free) continue;
    pen.strokeStyle = look.muted;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(frame.left - 12.5, Y(a) + 1);
    pen.lineTo(frame.left - 12.5, Y(b) - 1);
    pen.stroke();
    pen.fillStyle = look.ink;
    pen.fillText(fitted(pen, name.text, frame.left - 18), frame.left - 17, middle);
    free = middle + 15;
  }
}

function fitted(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let short = text;
  while (short.length > 1 && pen.measureText(`${short}…`).width > room) short = short.slice(0, -1);
  return `${short}…`;
}

/** What follows pointer and selection: crosshair, the sets chosen and where they meet. */
export function drawPointer(
  pen: CanvasRenderingContext2D,
  frame: Frame,
  view: View,
  at: [number, number] | null,
  chosen: { runs: Run[]; colour: string; dashed: boolean }[],
  look: Look,
): void {
  const scale = frame.side / view.span;
  const X = (cell: number) => frame.left + (cell - view.x) * scale;
  const Y = (cell: number) => frame.top + (cell - view.y) * scale;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.side, frame.side);
  pen.clip();
  for (const one of chosen) {
    for (const run of one.runs) {
      const side = (run.to - run.from) * scale;
      pen.strokeStyle = look.paper;
      pen.lineWidth = 6;
      pen.strokeRect(X(run.from), Y(run.from), side, side);
      pen.strokeStyle = one.colour;
      pen.lineWidth = 4;
      pen.setLineDash(one.dashed ? [8, 5] : []);
      pen.strokeRect(X(run.from), Y(run.from), side, side);
      pen.setLineDash([]);
    }
  }
  if (at) {
    const [i, j] = at;
    pen.strokeStyle = look.muted;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(frame.left, Y(i + 0.5));
    pen.lineTo(frame.left + frame.side, Y(i + 0.5));
    pen.moveTo(X(j + 0.5), frame.top);
    pen.lineTo(X(j + 0.5), frame.top + frame.side);
    pen.stroke();
    pen.strokeStyle = look.ink;
    pen.strokeRect(X(j) - 1, Y(i) - 1, Math.max(3, scale) + 2, Math.max(3, scale) + 2);
  }
  pen.restore();
}
