import { useState } from "preact/hooks";
import { seconds } from "../core/format";
import { useStore } from "../core/store";
import { Bars } from "../parts/bars";
import { Copy } from "../parts/copy";
import { Picture } from "../parts/picture";
import type { InputAsked } from "../schema";
import { LesionPlot } from "./lesions";

/** Jobs that run, with stage, count and what is left; troubles, which stay; and whether the server is there. */
export function JobBar() {
  const { live } = useStore();
  if (!live) return null;
  return (
    <div class="jobs" aria-live="polite">
      {!live.connected.value && (
        <p class="trouble" role="alert">
          {live.strange.value
            ? `The server does not let this page in: ${live.strange.value} If it was started anew, open the address that it printed.`
            : "Reconnecting… The server does not answer; what is shown is the last state. If it has ended, start it again with the command in Evidence."}
        </p>
      )}
      {live.jobs.value.map((job) => (
        <p key={job.job} class="job">
          <span>{job.stage}</span>
          {job.total ? <progress max={job.total} value={job.done} aria-label={job.stage} /> : <progress aria-label={job.stage} />}
          <span class="number">
            {job.done}
            {job.total ? ` of ${job.total}` : ""}
            {job.eta !== null ? `, about ${seconds(job.eta)} left` : ""}
          </span>
          <button type="button" onClick={() => void live.cancel(job.job)}>
            Cancel
          </button>
        </p>
      ))}
      {live.troubles.value.map((one) => (
        <p key={one.id} class="trouble" role="alert">
          <span>{one.text}</span>
          <Copy text={one.text} what="the message" />
          <button type="button" class="quiet" onClick={() => live.dismiss(one.id)}>
            Dismiss
          </button>
        </p>
      ))}
    </div>
  );
}

/** Push the Gaussian through the network at an input: how far every set moves there. */
export function PushHere({ input }: { input: InputAsked }) {
  const store = useStore();
  const { live } = store;
  if (!live) return null;
  const pushed = live.pushed.value;
  return (
    <div class="live">
      <button type="button" onClick={() => void live.push(input)}>
        Push the Gaussian here
      </button>
      {pushed && (
        <div class="pair">
          <figure>
            <Picture picture={pushed.picture} />
            <figcaption>{pushed.linearity}</figcaption>
          </figure>
          <Bars title="spread of each set here, σ" values={pushed.spread} />
        </div>
      )}
    </div>
  );
}

/** Take a set out, and see what becomes of the metric. */
export function LesionHere({ set }: { set: number }) {
  const store = useStore();
  const { live } = store;
  if (!live) return null;
  const table = live.lesions.value;
  return (
    <div class="live">
      <button type="button" onClick={() => void live.lesion({ module: set })}>
        Lesion {store.name(set)}
      </button>
      {table && <LesionPlot table={table} names={table.effect.length === store.modules.length ? undefined : ["the set"]} />}
    </div>
  );
}

/** Words typed by the person, as an input. */
export function TypeWords({ onUse }: { onUse: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) onUse(text);
      }}
    >
      <input class="words" aria-label="Words to start from" placeholder="Type words to start from" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit">Use these words</button>
    </form>
  );
}
