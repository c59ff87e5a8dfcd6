import { num } from "../core/format";
import { useStore } from "../core/store";
import { Head, Missing } from "../parts/copy";
import type { ContrastPane, TraversalFacts } from "../schema";
import { LiveWalk } from "./livewalk";
import { Traversal } from "./traversal";

/** The scene's contrast of what is chosen: by number, else of A and B, else the first while nothing is chosen. */
export function chosenContrast(contrasts: ContrastPane[], view: { A: number | null; B: number | null; c: number | null; hold: number[] }): { contrast: ContrastPane; swapped: boolean; place: number } | null {
  const give = (place: number, swapped: boolean) => ({ contrast: contrasts[place], swapped, place });
  if (view.c !== null && contrasts[view.c]) return give(view.c, false);
  if (view.A === null && view.B === null) return contrasts.length ? give(0, false) : null;
  if (view.hold.length || view.A === null || view.B === null) return null;
  for (const [a, b, swapped] of [[view.A, view.B, false], [view.B, view.A, true]] as const) {
    const place = contrasts.findIndex((one) => one.sets[0] === a && one.sets[1] === b);
    if (place >= 0) return give(place, swapped);
  }
  return null;
}

export function Contrast() {
  const store = useStore();
  const { contrasts, live } = store.scene;
  const view = store.selection.value;
  const match = chosenContrast(contrasts, view);
  return (
    <>
      <Head title="Contrast">
        Move one set of neurons along a path of inputs while another stays fixed; every frame is measured by a fresh forward pass.
      </Head>
      {!contrasts.length && !live && <Missing pane="contrast" />}
      {(contrasts.length > 0 || live) && <Choice place={match?.place ?? null} />}
      {match && <Precomputed contrast={match.contrast} swapped={match.swapped} />}
      {!match && !live && contrasts.length > 0 && <NotThere />}
      {live && <LiveWalk />}
    </>
  );
}

/** Which sets move and stay; which else are kept fixed. */
function Choice({ place }: { place: number | null }) {
  const store = useStore();
  const { A, B, hold, c } = store.selection.value;
  const { contrasts } = store.scene;
  const choose = (which: "A" | "B") => (
    <label>
      {which}{" "}
      <select
        value={String(store.selection.value[which] ?? "")}
        onChange={(event) => {
          const text = event.currentTarget.value;
          store.go({ [which]: text === "" ? null : Number(text), c: null, t: null });
        }}
      >
        <option value="">choose</option>
        {store.modules.map((facts, set) => (
          <option key={set} value={String(set)} disabled={set === (which === "A" ? B : A)}>
            {facts.name}
          </option>
        ))}
      </select>
    </label>
  );
  const others = store.modules.map((_, set) => set).filter((set) => set !== A && set !== B);
  return (
    <div class="choice">
      <div class="tools">
        {store.modules.length > 0 && (
          <>
            {choose("A")}
            {choose("B")}
            <button type="button" onClick={() => store.swap()} disabled={A === null && B === null}>
              Swap
            </button>
          </>
        )}
        {contrasts.length > 0 && (
          <label>
            precomputed{" "}
            <select
              value={String(c ?? place ?? "")}
              onChange={(event) => {
                const text = event.currentTarget.value;
                if (text === "") return;
                const [a, b] = contrasts[Number(text)].sets;
                store.go(a >= 0 && b >= 0 ? { A: a, B: b, hold: [], c: null, t: null } : { c: Number(text), t: null });
              }}
            >
              <option value="" disabled>
                none for this choice
              </option>
              {contrasts.map((one, i) => (
                <option key={i} value={String(i)}>
                  {one.names[0]} and {one.names[1]}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {store.live && others.length > 0 && (
        <details>
          <summary>Keep other sets fixed too{hold.length ? `: ${hold.map((set) => store.name(set)).join(", ")}` : ""}</summary>
          <div class="tools">
            {others.map((set) => (
              <label key={set}>
                <input type="checkbox" checked={hold.includes(set)} onChange={(event) => store.go({ hold: event.currentTarget.checked ? [...hold, set] : hold.filter((one) => one !== set) })} /> {store.name(set)}
              </label>
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function NotThere() {
  const store = useStore();
  const { A, B, hold } = store.selection.value;
  if (A === null || B === null) return <p class="missing">Choose two sets: the first is A, the second B.</p>;
  return (
    <div class="missing">
      <p>
        This page holds no contrast of {store.name(A)} and {store.name(B)}
        {hold.length ? ` with others kept fixed` : ""}. This makes it:
      </p>
      <Code />
    </div>
  );
}

function Code() {
  const store = useStore();
  return store.scene.missing.contrast ? <Missing pane="contrast" /> : <p>Copy as Python, at the top, gives the lines.</p>;
}

/** Which of the two moves: two buttons. */
export function Sides({ names, move }: { names: readonly [string, string]; move: "A" | "B" }) {
  const store = useStore();
  return (
    <div class="tools" role="group" aria-label="Which set moves">
      {(["A", "B"] as const).map((side, i) => (
        <button key={side} type="button" aria-pressed={move === side} onClick={() => store.go({ move: side, t: null })}>
          {names[i]} moves, {names[1 - i]} stays
        </button>
      ))}
    </div>
  );
}

function Precomputed({ contrast, swapped }: { contrast: ContrastPane; swapped: boolean }) {
  const store = useStore();
  const { move } = store.selection.value;
  const names: [string, string] = swapped ? [contrast.names[1], contrast.names[0]] : contrast.names;
  const moving = names[move === "A" ? 0 : 1];
  const traversal: TraversalFacts | undefined = contrast.traversals.find((one) => one.moves === moving) ?? contrast.traversals[move === "A" ? 0 : 1];
  return (
    <section aria-label="Precomputed contrast">
      <p class={`says ${contrast.good ? "good" : "poor"}`}>
        {contrast.good ? <b>{contrast.verdict}</b> : <><b>Not shown to be separable.</b> {contrast.verdict}</>} <span class="note">overlap at this input {num(contrast.overlap)}</span>
      </p>
      <Sides names={names} move={move} />
      {traversal ? <Traversal traversal={traversal} original={contrast.input} /> : <p class="missing">This way was not computed.</p>}
    </section>
  );
}
