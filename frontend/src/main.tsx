import { render } from "preact";
import { Explorer } from "./app";
import { load } from "./core/load";
import { type Options, sceneOf, Store } from "./core/store";
import type { Scene } from "./schema";

/** Draws a scene into an element, as often as wanted on one page. */
function mount(element: Element, scene: Scene, options: Options = {}): { destroy: () => void } {
  const store = new Store(scene, options);
  render(<Explorer store={store} />, element);
  return {
    destroy: () => {
      render(null, element);
      store.destroy();
    },
  };
}

declare global {
  var pushforwardExplorer: { mount: typeof mount };
}
globalThis.pushforwardExplorer = { mount };

async function start(element: HTMLElement, source: HTMLElement): Promise<void> {
  try {
    const scenes = await load(source);
    open(element, scenes);
    element.dataset.ready = "";
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    element.textContent = `The explorer could not read what it should show. ${text} Make the page again, or open it in a newer browser.`;
    element.setAttribute("role", "alert");
    console.error(error);
  }
}

/** Shows the scene that the address names, and follows the address to another. */
function open(element: HTMLElement, scenes: Scene[]): void {
  const titles = scenes.map((scene) => scene.made.title);
  let shown = { place: -1, destroy: () => {} };
  const show = () => {
    const place = Math.min(sceneOf(location.hash), scenes.length - 1);
    if (place === shown.place) return;
    shown.destroy();
    const go = (to: number) => {
      history.pushState(null, "", to ? `#s=${to}` : "#");
      show();
    };
    const shelf = scenes.length > 1 ? { titles, place, go } : undefined;
    shown = { place, ...mount(element, scenes[place], { address: true, shelf }) };
  };
  show();
  addEventListener("popstate", show);
}

function ready(): void {
  const element = document.getElementById("explorer");
  const source = document.getElementById("scene");
  if (element && source) void start(element, source);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
