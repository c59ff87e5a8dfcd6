import { count, num } from "../core/format";
import { useStore } from "../core/store";
import { Bars } from "../parts/bars";
import { Head, Missing } from "../parts/copy";
import { Picture } from "../parts/picture";
import { Swatch } from "../parts/set";
import type { Example, ExamplesPane } from "../schema";
import { PushHere } from "./live";

export function Inputs() {
  const pane = useStore().scene.examples;
  return (
    <>
      <Head title="Inputs">
        Inputs that move a set most, others drawn at random, and those nearest to the one that is chosen.
      </Head>
      {pane ? <Rows pane={pane} /> : <Missing pane="examples" />}
    </>
  );
}

function Rows({ pane }: { pane: ExamplesPane }) {
  const store = useStore();
  const set = store.shown.value;
  const facts = set === null ? null : store.modules[set];
  const chosen = store.example;
  const place = chosen ? pane.items.indexOf(chosen) : -1;
  const at = (places: number[]) => places.map((one) => pane.items[one]).filter(Boolean);
  return (
    <>
      <p class="note">
        {count(pane.used)} of {count(pane.total)} inputs were looked at; under each stands how far it moves the shown set, in σ.
      </p>
      {facts && set !== null ? (
        <Row title={`Top-activating of ${facts.name}`} items={at(facts.top)} set={set} figures={facts.strength.map(([own, others]) => `${num(own)} σ · others ${num(others)}`)} />
      ) : (
        store.modules.length > 0 && <p class="missing">Point at or choose a set to see the inputs that move it most.</p>
      )}
      {chosen && (
        <>
          <Chosen example={chosen} />
          <Row title={`Nearest to input ${chosen.index}`} items={at(pane.nearest[place] ?? [])} set={set} />
        </>
      )}
      <Row title="Drawn at random" items={at(pane.random)} set={set} />
    </>
  );
}

function Row({ title, items, set, figures }: { title: string; items: Example[]; set: number | null; figures?: string[] }) {
  const store = useStore();
  if (!items.length) return null;
  return (
    <section class="inputs">
      <h3>
        {set !== null && figures && <Swatch set={set} />} {title}
      </h3>
      <ul>
        {items.map((example, i) => (
          <li key={i}>
            <button type="button" aria-pressed={store.selection.value.x === example.index} onClick={() => store.go({ x: example.index })}>
              <Picture picture={example.picture} />
              <span class="caption">{example.label}</span>
              <span class="number">{figures?.[i] ?? (set !== null && example.strength.length ? `${num(example.strength[set])} σ` : "")}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The chosen input, and how far it moves every set. */
function Chosen({ example }: { example: Example }) {
  return (
    <section class="chosen">
      <h3>
        Input {example.index}: {example.label}
      </h3>
      <div class="pair">
        <figure>
          <Picture picture={example.picture} />
        </figure>
        {example.strength.length > 0 && <Bars title="how far it moves each set, σ" values={example.strength} />}
      </div>
      <PushHere input={{ index: example.index }} />
    </section>
  );
}
