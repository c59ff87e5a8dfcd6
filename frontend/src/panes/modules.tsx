import { useComputed } from "@preact/signals";
import { count, num, percent } from "../core/format";
import { colour } from "../core/palette";
import { useStore } from "../core/store";
import { Head, Missing } from "../parts/copy";
import { Picture } from "../parts/picture";
import { Layers, Swatch } from "../parts/set";
import type { ModuleFacts } from "../schema";

const SHOWN = 3;
/** So many modules are shown large. */
const FEW = 4;

export function Modules() {
  const store = useStore();
  const pane = store.scene.modules;
  return (
    <>
      <Head title="Modules">
        What each set of neurons reads of an input, and the three inputs that move it most.
      </Head>
      {!pane && <Missing pane="modules" />}
      {pane && !pane.modules.length && <p class="missing">No set of neurons stands apart here. Evidence says which criterion failed.</p>}
      <div class="cards" data-few={store.modules.length <= FEW}>
        {store.modules.map((facts, set) => (
          <Card key={set} facts={facts} set={set} />
        ))}
      </div>
    </>
  );
}

function Card({ facts, set }: { facts: ModuleFacts; set: number }) {
  const store = useStore();
  const state = useComputed(() => `${store.hover.value === set ? "hovered" : ""} ${store.role(set) ? "picked" : ""}`);
  const role = useComputed(() => store.role(set));
  const all = store.scene.network?.neurons;
  return (
    <article
      class={`card ${state.value}`}
      style={{ "--set": colour(set) }}
      onPointerEnter={() => {
        store.hover.value = set;
      }}
      onPointerLeave={() => {
        store.hover.value = null;
      }}
    >
      <h3>
        <Swatch set={set} />
        <button type="button" class="title" onClick={() => store.pick(set)} aria-pressed={role.value !== ""}>
          {facts.name}
        </button>
        {role.value && <span class="role">{role.value}</span>}
      </h3>
      <div class="reads">
        <figure>
          {facts.reads ? <Picture picture={facts.reads} /> : <p class="absent">What it reads was not computed.</p>}
          <figcaption>what it reads</figcaption>
        </figure>
        <Top facts={facts} />
      </div>
      <dl class="figures">
        <dt>neurons</dt>
        <dd>
          {count(facts.size)}
          {all ? `, ${percent(facts.size / all, 2)} of all` : ""}
        </dd>
        <dt>mean share in it</dt>
        <dd>{num(facts.share)}</dd>
        <dt>stability</dt>
        <dd>{facts.stability === null ? "not measured" : num(facts.stability)}</dd>
        <dt>r² within, to others</dt>
        <dd>
          {num(facts.inside)}, {num(facts.outside)}
        </dd>
        <dt>layers</dt>
        <dd>
          <Layers facts={facts} />
        </dd>
      </dl>
    </article>
  );
}

/** The inputs that move a set most, each with how far it moves it and the others. */
function Top({ facts }: { facts: ModuleFacts }) {
  const store = useStore();
  const shown = facts.top.slice(0, SHOWN).map((place, i) => ({ example: store.examples[place], strength: facts.strength[i] }));
  return (
    <ul class="tops">
      {shown.map(
        ({ example, strength }, i) =>
          example && (
            <li key={i}>
              <button type="button" onClick={() => store.go({ x: example.index })} aria-label={`Input ${example.index}, ${example.label}`}>
                <Picture picture={example.picture} />
              </button>
              <span class="number" title="how far it moves this set, and the others on average">
                {strength ? `${num(strength[0], 2)} σ · ${num(strength[1], 2)}` : example.label}
              </span>
            </li>
          ),
      )}
      {!shown.length && <li class="absent">Its top inputs were not computed.</li>}
    </ul>
  );
}
