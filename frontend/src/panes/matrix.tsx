import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { familyName, familySets, membersAt } from "../core/families";
import { layerOf } from "../core/labels";
import { unpack } from "../core/load";
import { drawMarks, drawPointer, type Frame, type Look, type Marks, moved, type View, whole, zoomed } from "../core/matrixview";
import { colour } from "../core/palette";
import { between, Pyramid, ramp, runs } from "../core/raster";
import { useStore } from "../core/store";
import { Head, Missing } from "../parts/copy";
import { still } from "../parts/motion";
import type { MatrixPane } from "../schema";
import { Figures, Legend, Readout } from "./matrixread";

export function Matrix() {
  const store = useStore();
  const pane = store.scene.matrix;
  return (
    <>
      <Head title="Matrix">
        Squared correlation of each neuron's response with each other's, before and after the neurons are permuted into sets.
      </Head>
      {pane ? <Board pane={pane} /> : <Missing pane="matrix" />}
    </>
  );
}

function useLook(root: { current: HTMLElement | null }): Look & { low: string; high: string } {
  const { theme } = useStore();
  const [, again] = useState(0);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const change = () => again((n) => n + 1);
    query.addEventListener("change", change);
    change();
    return () => query.removeEventListener("change", change);
  }, []);
  // Read anew whenever the theme changes.
  void theme.value;
  const style = root.current ? getComputedStyle(root.current) : null;
  const read = (name: string, otherwise: string) => style?.getPropertyValue(name).trim() || otherwise;
  return { ink: read("--ink", "#1a1c1e"), muted: read("--muted", "#5c6368"), paper: read("--paper", "#ffffff"), low: read("--low", "#ffffff"), high: read("--high", "#101418") };
}

function Board({ pane }: { pane: MatrixPane }) {
  const store = useStore();
  const box = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [wide, setWide] = useState(0);
  const size = pane.neurons.shape[0];
  const [view, setView] = useState<View>(whole(size));
  const at = useSignal<[number, number] | null>(null);
  const drag = useRef<{ x: number; y: number; far: boolean } | null>(null);
  const look = useLook(box);
  const sorted = store.selection.value.order === "after";
  const { leak } = store.selection.value;
  const neurons = unpack(pane.neurons);
  const values = unpack(pane.values);
  const orders = useMemo(() => ({ after: unpack(pane.order), before: Uint32Array.from({ length: size }, (_, i) => i) }), [pane]);
  const shades = useMemo(() => ramp(look.low, look.high), [look.low, look.high]);
  const pyramids = useMemo(() => ({ after: new Pyramid(values, size, orders.after, shades), before: new Pyramid(values, size, orders.before, shades) }), [pane, shades]);
  const order = orders[sorted ? "after" : "before"];
  const members = membersAt(store.scene, leak) ?? unpack(pane.module);
  const frame: Frame = useMemo(() => {
    const left = wide >= 440 ? 96 : 14;
    return { left, top: 12, side: Math.max(0, wide - left - 2) };
  }, [wide]);

  const marks: Marks = useMemo(() => {
    const sets = familySets(members, unpack(pane.module));
    const owners = new Map(sets.map((one) => [one.set, one.module]));
    const names = new Map(sets.map((one) => [one.set, familyName(one, (set) => store.name(set))]));
    const tint = (set: number) => {
      const owner = owners.get(set) ?? -1;
      return owner < 0 ? look.muted : colour(owner);
    };
    const strip = runs(members, order);
    const layer = Int32Array.from(neurons, (neuron) => layerOf(store.layers, neuron));
    const byLayer = store.layers.length ? runs(layer, order).map((run) => ({ ...run, text: store.layers[run.set].name })) : [];
    const bySet = strip.map((run) => ({ ...run, text: names.get(run.set) ?? "" }));
    return { sets: sorted ? strip.filter((run) => run.to - run.from > 1) : [], strip, names: sorted ? bySet : byLayer, colour: tint };
  }, [pane, leak, sorted, look.muted]);

  useLayoutEffect(() => {
    const measure = () => setWide(Math.floor(Math.min(box.current?.clientWidth ?? 0, Math.max(280, innerHeight - 290) + 96)));
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const dpr = Math.min(3, globalThis.devicePixelRatio || 1);
  const prepare = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
    const high = frame.side + frame.top + 2;
    canvas.width = Math.round(wide * dpr);
    canvas.height = Math.round(high * dpr);
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${high}px`;
    const pen = canvas.getContext("2d")!;
    pen.scale(dpr, dpr);
    return pen;
  };
  const paint = (picture: HTMLCanvasElement, cells: number, marked: boolean) => {
    const pen = prepare(base.current!);
    pen.imageSmoothingEnabled = false;
    const span = view.span / cells;
    pen.drawImage(picture, view.x / cells, view.y / cells, span, span, frame.left, frame.top, frame.side, frame.side);
    if (marked) drawMarks(pen, frame, view, marks, look);
  };

  const last = useRef(sorted);
  useEffect(() => {
    if (!wide) return;
    const finish = () => {
      const { canvas, cells } = pyramids[sorted ? "after" : "before"].at((frame.side * dpr) / view.span);
      paint(canvas, cells, true);
    };
    if (last.current === sorted || still()) {
      last.current = sorted;
      finish();
      return;
    }
    last.current = sorted;
    const [from, to] = sorted ? [orders.before, orders.after] : [orders.after, orders.before];
    let request = 0;
    const start = performance.now();
    const step = (now: number) => {
      const share = Math.min(1, (now - start) / 450);
      if (share >= 1) return finish();
      paint(between(values, size, from, to, share * share * (3 - 2 * share), shades), 1, false);
      request = requestAnimationFrame(step);
    };
    request = requestAnimationFrame(step);
    return () => cancelAnimationFrame(request);
  }, [wide, view, marks, pyramids, sorted, look.ink]);

  const chosen = useComputed(() => {
    const { A, B } = store.selection.value;
    const hovered = store.hover.value;
    return [A, B, hovered].filter((set, i, all): set is number => set !== null && all.indexOf(set) === i);
  });
  useSignalEffect(() => {
    const sets = chosen.value;
    const spot = at.value;
    if (!wide || !over.current) return;
    const pen = prepare(over.current);
    const module = unpack(pane.module);
    const all = sorted ? runs(module, order) : [];
    const picked = sets.map((set) => ({ runs: all.filter((run) => run.set === set), colour: colour(set), dashed: set === store.selection.value.B }));
    drawPointer(pen, frame, view, spot, picked, look);
  });

  const cell = (event: PointerEvent | WheelEvent): [number, number] | null => {
    const corner = over.current!.getBoundingClientRect();
    const x = view.x + ((event.clientX - corner.left - frame.left) / frame.side) * view.span;
    const y = view.y + ((event.clientY - corner.top - frame.top) / frame.side) * view.span;
    return x >= view.x && y >= view.y && x < view.x + view.span && y < view.y + view.span ? [Math.floor(y), Math.floor(x)] : null;
  };
  const setAt = (spot: [number, number] | null) => {
    at.value = spot;
    const set = spot ? unpack(pane.module)[order[spot[0]]] : -1;
    store.hover.value = set >= 0 ? set : null;
  };
  const zoom = (factor: number, spot = at.value) => setView((now) => zoomed(now, size, factor, spot ? spot[1] + 0.5 : now.x + now.span / 2, spot ? spot[0] + 0.5 : now.y + now.span / 2));

  useEffect(() => {
    const canvas = over.current!;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !canvas.matches(":focus")) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, cell(event));
    };
    canvas.addEventListener("wheel", wheel, { passive: false });
    return () => canvas.removeEventListener("wheel", wheel);
  });

  const keys = (event: KeyboardEvent) => {
    const [i, j] = at.value ?? [Math.floor(view.y + view.span / 2), Math.floor(view.x + view.span / 2)];
    const step = event.shiftKey ? 10 : 1;
    const to: Record<string, [number, number]> = { ArrowUp: [i - step, j], ArrowDown: [i + step, j], ArrowLeft: [i, j - step], ArrowRight: [i, j + step] };
    if (event.key in to) {
      const [a, b] = to[event.key].map((value) => Math.min(size - 1, Math.max(0, value)));
      setAt([a, b]);
      setView((now) => moved(now, size, Math.max(0, b + 1 - now.x - now.span) + Math.min(0, b - now.x), Math.max(0, a + 1 - now.y - now.span) + Math.min(0, a - now.y)));
    } else if (event.key === "+" || event.key === "=") zoom(1 / 1.5);
    else if (event.key === "-") zoom(1.5);
    else if (event.key === "0") setView(whole(size));
    else if (event.key === "Enter") pickAt(at.value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const pickAt = (spot: [number, number] | null) => {
    const set = spot ? unpack(pane.module)[order[spot[0]]] : -1;
    if (set >= 0) store.pick(set);
  };
  const pointer = (event: PointerEvent) => {
    const held = drag.current;
    if (held) {
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      if (Math.abs(dx) + Math.abs(dy) > 4) held.far = true;
      if (held.far) {
        setView((now) => moved(now, size, (-dx * now.span) / frame.side, (-dy * now.span) / frame.side));
        Object.assign(held, { x: event.clientX, y: event.clientY });
      }
    }
    setAt(cell(event));
  };

  return (
    <div class="matrix">
      <div class="tools" role="toolbar" aria-label="Matrix">
        <button type="button" aria-pressed={!sorted} onClick={() => store.go({ order: "before" })}>
          Before
        </button>
        <button type="button" aria-pressed={sorted} onClick={() => store.go({ order: "after" })}>
          After
        </button>
        <span class="gap" />
        <button type="button" onClick={() => zoom(1.5, null)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => zoom(1 / 1.5, null)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => setView(whole(size))} disabled={view.span === size}>
          All
        </button>
      </div>
      <Readout pane={pane} at={at} order={order} />
      <div class="board" ref={box}>
        <canvas ref={base} class="base" aria-hidden="true" />
        <canvas
          ref={over}
          class="over"
          tabIndex={0}
          role="application"
          aria-label={`Matrix of ${size} neurons, ${sorted ? "permuted into sets" : "in the network's order"}. Arrows move the crosshair, plus and minus zoom, Enter picks the set.`}
          onPointerDown={(event) => {
            drag.current = { x: event.clientX, y: event.clientY, far: false };
            (event.currentTarget as Element).setPointerCapture(event.pointerId);
          }}
          onPointerMove={pointer}
          onPointerUp={(event) => {
            if (!drag.current?.far) pickAt(cell(event));
            drag.current = null;
          }}
          onPointerLeave={() => setAt(null)}
          onKeyDown={keys}
        />
      </div>
      <Legend pane={pane} pooled={view.span > frame.side * dpr} />
      <Figures pane={pane} />
    </div>
  );
}
