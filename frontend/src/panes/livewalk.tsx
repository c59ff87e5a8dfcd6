import { useEffect, useState } from "preact/hooks";
import { clamp, num } from "../core/format";
import { useStore } from "../core/store";
import type { Frame, InputAsked, Picture } from "../schema";
import { Sides } from "./contrast";
import { LesionHere, PushHere, TypeWords } from "./live";
import { Way } from "./traversal";

const STEPS = 400;

/** Whether this network takes words. */
function takesWords(kinds: (string | undefined)[]): boolean {
  return kinds.includes("tokens");
}

/** A way computed now, with a slider to any position on it. */
export function LiveWalk() {
  const store = useStore();
  const live = store.live!;
  const { A, B, hold, x, move } = store.selection.value;
  const [typed, setTyped] = useState<string | null>(null);
  const [distance, setDistance] = useState(0.5);
  const index = x ?? store.examples[0]?.index ?? 0;
  const input: InputAsked = typed === null ? { index } : { text: typed };
  const moves = move === "A" ? A : B;
  const stays = move === "A" ? B : A;
  const key = JSON.stringify([moves, stays, hold, input, distance]);
  // A way of other sets or another input is not what is chosen now.
  useEffect(() => live.suit(key), [key]);
  const walk = live.walk.value;
  const ready = moves !== null && stays !== null;
  const start = () => {
    if (!ready) return;
    void live.startWalk({ moves: { module: moves }, fixed: [stays, ...hold].map((module) => ({ module })), input, distance });
  };
  const words = takesWords(store.examples.slice(0, 8).map((one) => one.picture.kind));
  return (
    <section class="live" aria-label="Computed now">
      <h3>Computed now</h3>
      {words && <TypeWords onUse={setTyped} />}
      <div class="tools">
        <span>
          from {typed === null ? `input ${index}` : <q>{typed}</q>}
          {typed !== null && (
            <button type="button" class="quiet" onClick={() => setTyped(null)}>
              back to input {index}
            </button>
          )}
        </span>
        <label>
          up to{" "}
          <input type="number" min="0.1" max="5" step="0.1" value={distance} onChange={(event) => setDistance(clamp(Number(event.currentTarget.value) || 0.5, 0.1, 5))} /> σ
        </label>
        <button type="button" class="primary" disabled={!ready} onClick={start}>
          Compute the way
        </button>
      </div>
      {!ready && <p class="note">Choose A and B first.</p>}
      {ready && <Sides names={[store.name(A!), store.name(B!)]} move={move} />}
      {walk && <Slide />}
      {moves !== null && <LesionHere set={moves} />}
      <PushHere input={input} />
    </section>
  );
}

/** The frame that is shown: measured for the slider, else the walk's own nearest to it. */
function shownFrame(frames: Frame[], measured: Frame | null, at: number): Frame | null {
  if (measured) return measured;
  return frames.reduce<Frame | null>((best, one) => (best && Math.abs(best.at - at) <= Math.abs(one.at - at) ? best : one), null);
}

function Slide() {
  const store = useStore();
  const live = store.live!;
  const walk = live.walk.value!;
  const { frames } = walk.traversal;
  const at = clamp(store.selection.value.t ?? walk.high, walk.low, walk.high);
  useEffect(() => live.ask(at), [walk, at]);
  const frame = shownFrame(frames, live.frame.value, at);
  if (!frame) return <p class="missing">{walk.traversal.verdict}</p>;
  const original: Picture = frames.find((one) => Math.abs(one.at) < 1e-9)?.picture ?? frames[0].picture;
  const slider = (
    <input
      type="range"
      min={walk.low}
      max={walk.high}
      step={(walk.high - walk.low) / STEPS || 1}
      value={at}
      aria-label={`σ that ${walk.traversal.moves} is moved by`}
      aria-valuetext={`${num(at)} σ`}
      onInput={(event) => store.go({ t: Number(event.currentTarget.value) }, true)}
    />
  );
  const behind = Math.abs(frame.at - at) > 1e-6 * (walk.high - walk.low || 1);
  const note = behind ? `measuring ${num(at)} σ…` : live.took.value === null ? undefined : `in ${num(live.took.value, 2)} ms`;
  return <Way traversal={walk.traversal} frame={frame} original={original} slider={slider} onPick={(to) => store.go({ t: to })} note={note} />;
}
