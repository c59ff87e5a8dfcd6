import { nearest } from "./format";
import { PANES, type Pane } from "./selection";
import type { Store } from "./store";

/** Every key, with what it does: shown under `?`. */
export const KEYS: [string, string][] = [
  ["1 … 8", "the panes, from Modules to Manifold"],
  ["Enter", "choose the set or cell that has the focus: first A, then B"],
  ["A, B", "make the set under the pointer or focus A, or B"],
  ["X", "swap A and B"],
  ["C", "contrast A and B"],
  ["O", "matrix: before or after the permutation"],
  ["[ and ]", "previous and next input"],
  ["← and →", "on a slider, the leak or the matrix: move"],
  ["+ − 0", "on the matrix: nearer, farther, all"],
  ["/", "search the neurons"],
  ["L, P", "copy link, copy as Python"],
  ["T", "light, dark, or as the system has it"],
  ["Esc", "let A, B and everything else go"],
  ["?", "this list"],
];

interface Acts {
  link: () => void;
  python: () => void;
  search: () => void;
}

function typing(target: EventTarget | null): boolean {
  const node = target as HTMLElement | null;
  return Boolean(node?.closest?.("input:not([type=range]):not([type=checkbox]), select, textarea"));
}

/** What a key does anywhere in the page. */
export function press(store: Store, event: KeyboardEvent, acts: Acts): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return escape(store);
  if (typing(event.target)) return;
  const { A, B } = store.selection.value;
  const hovered = store.hover.value;
  const keys: Record<string, () => void> = {
    "?": () => {
      store.help.value = !store.help.value;
    },
    "/": acts.search,
    a: () => hovered !== null && store.go({ A: hovered, B: B === hovered ? null : B, c: null, t: null }),
    b: () => hovered !== null && store.go({ B: hovered, A: A === hovered ? null : A, c: null, t: null }),
    x: () => store.swap(),
    c: () => store.go({ pane: "contrast" }),
    o: () => store.go({ order: store.selection.value.order === "after" ? "before" : "after" }),
    "[": () => step(store, -1),
    "]": () => step(store, 1),
    l: acts.link,
    p: acts.python,
    t: () => turn(store),
  };
  const number = Number(event.key);
  const act = number >= 1 && number <= PANES.length ? () => store.go({ pane: PANES[number - 1] as Pane }) : keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
}

function escape(store: Store): void {
  if (store.help.value || store.byHand.value !== null) {
    store.help.value = false;
    store.byHand.value = null;
  } else store.go({ A: null, B: null, hold: [], x: null, t: null, c: null });
}

function step(store: Store, by: number): void {
  const all = store.examples.map((one) => one.index);
  if (!all.length) return;
  const { x } = store.selection.value;
  const place = x === null ? (by > 0 ? -1 : 0) : nearest(all, x);
  store.go({ x: all[(place + by + all.length) % all.length] });
}

/** Auto, light, dark, and around. */
export function turn(store: Store): void {
  const order = ["auto", "light", "dark"] as const;
  store.theme.value = order[(order.indexOf(store.theme.value) + 1) % order.length];
}

/** The address of the present view. */
export function link(store: Store): string {
  const fragment = `${store.fragment}${store.fragment === "#" ? "" : "&"}run=${store.scene.run.slice(0, 8)}`;
  return store.options.address ? location.href.split("#")[0] + fragment : fragment;
}
