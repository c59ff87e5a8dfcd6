import { computed, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Example, LayerFacts, ModuleFacts, Scene } from "../schema";
import { label } from "./labels";
import { Live } from "./live";
import { EMPTY, parse, type Selection, write } from "./selection";

export interface Options {
  /** Told of every change of the selection. */
  onSelect?: (selection: Selection) => void;
  /** Whether the URL fragment holds the selection (a page), or nothing does (a widget). */
  address?: boolean;
  /** Several studies on one page: their titles, which this is, and how to go to another. */
  shelf?: { titles: string[]; place: number; go: (place: number) => void };
}

/** Which of several scenes a fragment is of. */
export function sceneOf(fragment: string): number {
  const place = Number(new URLSearchParams(fragment.replace(/^#/, "")).get("s"));
  return Number.isInteger(place) && place > 0 ? place : 0;
}

/** One mounted explorer: its scene, its selection, what the pointer is over, and its server if it has one. */
export class Store {
  readonly selection = signal<Selection>(EMPTY);
  /** The set under the pointer or the focus. */
  readonly hover = signal<number | null>(null);
  readonly theme = signal<"auto" | "light" | "dark">("auto");
  readonly help = signal(false);
  readonly said = signal("");
  /** Text that could not be copied for the person, to copy by hand. */
  readonly byHand = signal<string | null>(null);
  readonly live: Live | null;
  /** Hovered, else A: the set that previews are of. */
  readonly shown = computed(() => this.hover.value ?? this.selection.value.A);
  private timer: number | undefined;
  private readonly listen = () => {
    if (sceneOf(location.hash) !== (this.options.shelf?.place ?? 0)) return;
    this.selection.value = parse(location.hash, this.scene);
  };

  constructor(
    readonly scene: Scene,
    readonly options: Options,
  ) {
    this.live = scene.live ? new Live() : null;
    this.selection.value = parse(options.address ? location.hash : "", scene);
    if (options.address) {
      addEventListener("popstate", this.listen);
      addEventListener("hashchange", this.listen);
    }
  }

  destroy(): void {
    clearTimeout(this.timer);
    removeEventListener("popstate", this.listen);
    removeEventListener("hashchange", this.listen);
    this.live?.close();
  }

  get modules(): ModuleFacts[] {
    return this.scene.modules?.modules ?? [];
  }

  get layers(): LayerFacts[] {
    return this.scene.network?.layers ?? [];
  }

  get examples(): Example[] {
    return this.scene.examples?.items ?? [];
  }

  label(neuron: number): string {
    return label(this.layers, neuron);
  }

  name(set: number): string {
    return this.modules[set]?.name ?? `set ${set}`;
  }

  /** The example that is chosen, by its number in X. */
  get example(): Example | null {
    const { x } = this.selection.value;
    return this.examples.find((one) => one.index === x) ?? null;
  }

  /** Change the selection: a step that "back" undoes, or (`passing`, while dragging) none. */
  go(change: Partial<Selection>, passing = false): void {
    const next = { ...this.selection.value, ...change };
    if (write(next, this.scene) === write(this.selection.value, this.scene)) return;
    this.selection.value = next;
    this.options.onSelect?.(next);
    if (!this.options.address) return;
    clearTimeout(this.timer);
    const fragment = this.fragment;
    if (!passing) this.record("pushState", fragment);
    // Browsers limit how often the address may change.
    else this.timer = setTimeout(() => this.record("replaceState", fragment), 120) as unknown as number;
  }

  /** The address of what is looked at now. */
  get fragment(): string {
    const place = this.options.shelf?.place ?? 0;
    const own = write(this.selection.value, this.scene).slice(1);
    return `#${[place ? `s=${place}` : "", own].filter(Boolean).join("&")}`;
  }

  private record(how: "pushState" | "replaceState", fragment: string): void {
    try {
      history[how](null, "", fragment);
    } catch {
      // In `srcdoc` frames the address cannot change; the selection lives on without it.
    }
  }

  /** The first set chosen is A, the second B, a third replaces B; a chosen one is let go. */
  pick(set: number): void {
    const { A, B } = this.selection.value;
    const free = { c: null, t: null };
    if (set === A) this.go({ A: B, B: null, ...free });
    else if (set === B) this.go({ B: null, ...free });
    else if (A === null) this.go({ A: set, ...free });
    else this.go({ B: set, ...free });
  }

  swap(): void {
    const { A, B } = this.selection.value;
    this.go({ A: B, B: A });
  }

  /** "A", "B" or nothing. */
  role(set: number): "A" | "B" | "" {
    const { A, B } = this.selection.value;
    return set === A ? "A" : set === B ? "B" : "";
  }
}

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("outside an explorer");
  return store;
}
