import type { Scene } from "../schema";
import { num } from "./format";
import type { Selection } from "./selection";
import type { Store } from "./store";

/** Lines that make the present view in Python, after those that made the scene. */
export function python(store: Store): string {
  const { scene } = store;
  const view = store.selection.value;
  const lines = [scene.made.code.trimEnd(), ...lookedAt(store, view)];
  return `${lines.filter((line) => line).join("\n")}\n`;
}

function lookedAt(store: Store, view: Selection): string[] {
  const { scene } = store;
  const block = (set: number) => `modules.blocks[${set}]`;
  if (view.pane === "contrast") return contrast(store, view);
  if (view.pane === "inputs" && view.A !== null) return [`top = modules.top_inputs(net, X)  # of ${store.name(view.A)}: number ${view.A}`];
  if (view.pane === "evidence" && scene.modules) return ["print(modules.summary())"];
  if (view.pane === "generator") return ["print(gen.summary())"];
  if (view.pane === "manifold") return ["print(topology.summary())"];
  if (!scene.modules) return [];
  const lines = leak(scene, view);
  if (view.A !== null) lines.push(`A = ${block(view.A)}  # ${store.name(view.A)}`);
  if (view.B !== null) lines.push(`B = ${block(view.B)}  # ${store.name(view.B)}`);
  return lines;
}

function leak(scene: Scene, view: Selection): string[] {
  if (view.leak === null || !scene.modules || view.leak === scene.modules.leak) return [];
  return [`modules = pf.find_modules(net, inputs, X, leak=${view.leak}, seed=${scene.made.seed ?? 0})`];
}

function contrast(store: Store, view: Selection): string[] {
  const { A, B, c } = view;
  const precomputed = c === null ? null : store.scene.contrasts[c];
  const sets = precomputed && precomputed.sets[0] >= 0 ? precomputed.sets : [A, B];
  if (sets[0] === null || sets[1] === null || precomputed?.sets[0] === -1) {
    return precomputed ? [`# the contrast of ${precomputed.names[0]} and ${precomputed.names[1]}`] : [];
  }
  const start = view.x === null ? "X" : `X[${view.x} : ${view.x + 1}]`;
  const call = `pf.contrast(net, inputs, modules.blocks[${sets[0]}], modules.blocks[${sets[1]}], start=${start}, seed=${store.scene.made.seed ?? 0})`;
  const lines = [`contrast = ${call}`];
  const side = view.move === "A" ? "a" : "b";
  if (view.t !== null) lines.push(`frames = contrast.${side}  # the frame at ${num(view.t).replace("−", "-")} σ is shown`);
  return lines;
}
