import type { ModulesPane, Scene } from "../schema";
import { nearest } from "./format";
import { unpack } from "./load";

/** A set of the sampled neurons at some leak: how many, of which modules (−1: of none), and which it is, if it is one. */
export interface FamilySet {
  set: number;
  size: number;
  parts: { module: number; size: number }[];
  module: number;
}

/** A set is shown as a module if this share of it lies in that module, and as a mixture below. */
const SAME = 0.8;
/** Parts of a mixture below this share are not named. */
const NAMED = 0.1;

/** The place on the curve of the leak that is chosen, else of the one asked for. */
export function leakPlace(pane: ModulesPane, chosen: number | null): number {
  const leak = chosen ?? pane.leak;
  return leak === null ? 0 : nearest(pane.leaks, leak);
}

/** Whether the modules are the sets that are looked at, and not the sets at another leak. */
export function asAsked(pane: ModulesPane, chosen: number | null): boolean {
  return chosen === null || !pane.leaks.length || pane.leaks[leakPlace(pane, chosen)] === pane.leak;
}

/** The set of each sampled neuron at the chosen leak; null where the sets there were not kept. */
export function membersAt(scene: Scene, chosen: number | null): ArrayLike<number> | null {
  const { matrix, modules } = scene;
  if (!matrix) return null;
  if (!modules || asAsked(modules, chosen)) return unpack(matrix.module);
  if (!matrix.families) return null;
  const [place, size] = [leakPlace(modules, chosen), matrix.neurons.shape[0]];
  return unpack(matrix.families).subarray(place * size, (place + 1) * size);
}

/** The sets of the sampled neurons, largest first. */
export function familySets(members: ArrayLike<number>, module: ArrayLike<number>): FamilySet[] {
  const tallies = new Map<number, Map<number, number>>();
  for (let i = 0; i < members.length; i++) {
    if (members[i] < 0) continue;
    const tally = tallies.get(members[i]) ?? new Map<number, number>();
    tallies.set(members[i], tally.set(module[i], (tally.get(module[i]) ?? 0) + 1));
  }
  const sets = [...tallies].map(([set, tally]) => {
    const size = [...tally.values()].reduce((a, b) => a + b, 0);
    const parts = [...tally].map(([module, of]) => ({ module, size: of })).sort((a, b) => b.size - a.size);
    return { set, size, parts, module: parts[0].size >= SAME * size ? parts[0].module : -1 };
  });
  return sets.sort((a, b) => b.size - a.size || a.set - b.set);
}

/** What a set is called: the modules that it is made of. */
export function familyName(one: FamilySet, name: (set: number) => string): string {
  const named = one.parts.filter((part) => part.size >= NAMED * one.size);
  return named.map((part) => (part.module < 0 ? "neurons of no set" : name(part.module))).join(" + ");
}
