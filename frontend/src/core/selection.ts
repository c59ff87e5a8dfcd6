import type { Scene } from "../schema";

export const PANES = ["modules", "matrix", "neurons", "inputs", "contrast", "evidence", "generator", "manifold"] as const;
export type Pane = (typeof PANES)[number];

/** What a person looks at: the whole state of a page, and its URL fragment. */
export interface Selection {
  A: number | null;
  B: number | null;
  hold: number[];
  /** An input's number in X. */
  x: number | null;
  leak: number | null;
  /** σ that the slider asks for. */
  t: number | null;
  move: "A" | "B";
  pane: Pane;
  order: "after" | "before";
  /** One of the scene's contrasts, where it is not one of two modules. */
  c: number | null;
  q: string;
  sort: string;
  only: string;
}

export const EMPTY: Selection = {
  A: null,
  B: null,
  hold: [],
  x: null,
  leak: null,
  t: null,
  move: "A",
  pane: "modules",
  order: "after",
  c: null,
  q: "",
  sort: "neuron",
  only: "",
};

/** The pane that opens first: modules, or whatever there is. */
export function firstPane(scene: Scene): Pane {
  if (scene.modules) return "modules";
  const there = { contrast: scene.contrasts.length, generator: scene.generator, manifold: scene.manifold };
  const pane = Object.entries(there).find(([, value]) => value)?.[0];
  return (pane ?? "modules") as Pane;
}

function number(text: string | null): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function whole(text: string | null, below: number): number | null {
  const value = number(text);
  return value !== null && Number.isInteger(value) && value >= 0 && value < below ? value : null;
}

/** The selection that a fragment names; what does not exist in this scene is left out. */
export function parse(fragment: string, scene: Scene): Selection {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const sets = scene.modules?.modules.length ?? 0;
  const A = whole(said.get("A"), sets);
  const B = whole(said.get("B"), sets);
  const pane = said.get("pane") as Pane;
  return {
    A,
    B: B === A ? null : B,
    hold: (said.get("hold") ?? "").split(",").map((part) => whole(part, sets)).filter((set) => set !== null),
    x: whole(said.get("x"), Infinity),
    leak: number(said.get("leak")),
    t: number(said.get("t")),
    move: said.get("move") === "B" ? "B" : "A",
    pane: PANES.includes(pane) ? pane : firstPane(scene),
    order: said.get("order") === "before" ? "before" : "after",
    c: whole(said.get("c"), scene.contrasts.length),
    q: said.get("q") ?? "",
    sort: said.get("sort") ?? EMPTY.sort,
    only: said.get("only") ?? "",
  };
}

/** The fragment of a selection, readable: `#A=0&B=3&x=12&t=0.4&pane=contrast`; what is as at first is left out. */
export function write(selection: Selection, scene: Scene): string {
  const first = { ...EMPTY, pane: firstPane(scene) };
  const parts: string[] = [];
  for (const key of Object.keys(EMPTY) as (keyof Selection)[]) {
    const value = selection[key];
    if (value === null || value === first[key] || (Array.isArray(value) && !value.length)) continue;
    const text = typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
    parts.push(`${key}=${encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":")}`);
  }
  return parts.length ? `#${parts.join("&")}` : "";
}
