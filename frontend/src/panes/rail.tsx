import { useComputed } from "@preact/signals";
import { Coverage } from "./coverage";
import { asAsked, familyName, familySets, leakPlace, membersAt } from "../core/families";
import { count, many, num } from "../core/format";
import { unpack } from "../core/load";
import { colour } from "../core/palette";
import { useStore } from "../core/store";
import { Missing } from "../parts/copy";
import { Ribbon, Swatch } from "../parts/set";
import type { ModuleFacts, ModulesPane } from "../schema";

const VERDICTS = { modules: "Modules found", none: "No modules found", undetermined: "Undetermined" };

/** A text's first sentence, and the rest. */
function parted(text: string): [string, string] {
  const end = /[.!?]\s+(?=\S)/.exec(text);
  return end ? [text.slice(0, end.index + 1), text.slice(end.index + end[0].length)] : [text, ""];
}

/** The answer in words, first of all: one sentence, and the rest for those who want it. */
export function Verdict({ pane }: { pane: ModulesPane }) {
  const [first, rest] = parted(pane.words);
  return (
    <section class="verdict" aria-label="Verdict">
      <h2>{VERDICTS[pane.verdict]}</h2>
      <p class="words">{first}</p>
      {pane.reason && pane.reason !== pane.words && <p>{pane.reason}</p>}
      {rest && (
        <details>
          <summary>More about it</summary>
          <p>{rest}</p>
        </details>
      )}
    </section>
  );
}

/** The rail: the curve and the list of sets, from which everything else is chosen. */
export function Rail() {
  const store = useStore();
  const pane = store.scene.modules;
  if (!pane) {
    return (
      <aside class="rail" aria-label="Modules">
        <h2>Sets of neurons</h2>
        <Missing pane="modules" />
      </aside>
    );
  }
  return (
    <aside class="rail" aria-label="Modules">
      <Verdict pane={pane} />
      <Sets pane={pane} />
      {pane.leaks.length > 0 && <Curve pane={pane} />}
      <LeftOut pane={pane} />
    </aside>
  );
}

function Curve({ pane }: { pane: ModulesPane }) {
  return (
    <>
      <Coverage pane={pane} />
      <p class="key">
        <span class="sample solid" /> this network <span class="sample band" /> rotated networks, 5–95 %{" "}
        {pane.twin ? (
          <>
            <span class="sample dash" /> untrained twin
          </>
        ) : (
          pane.no_twin && `· no twin: ${pane.no_twin}`
        )}
      </p>
      <AtLeak pane={pane} />
    </>
  );
}

/** What there is at the leak that the handle stands at. */
function AtLeak({ pane }: { pane: ModulesPane }) {
  const store = useStore();
  const { leak } = store.selection.value;
  const place = leakPlace(pane, leak);
  const { matrix } = store.scene;
  const band = pane.band[0].length ? `, rotated networks ${num(pane.band[0][place])}–${num(pane.band[1][place])} (5–95 %)` : "";
  const numbers = `Leak ${num(pane.leaks[place])}: coverage ${num(pane.coverage[place])}${band}, ${many(pane.sets[place], "set")}.`;
  if (asAsked(pane, leak)) {
    return (
      <p class="atleak" aria-live="polite">
        {pane.leak === null ? "No leak was asked for. Drag the handle to read the curve." : `${numbers} This is the leak of the sets above; p = ${num(pane.p_value)}.`}
      </p>
    );
  }
  const members = membersAt(store.scene, leak);
  const back = pane.leak === null ? "the sets above" : num(pane.leak);
  return (
    <div class="atleak" aria-live="polite">
      <p>
        {numbers}{" "}
        <button type="button" class="quiet" onClick={() => store.go({ leak: null })}>
          back to {back}
        </button>
      </p>
      {members && matrix ? (
        <>
          <p>Of the {count(members.length)} neurons in the matrix:</p>
          <ul class="families">
            {familySets(members, unpack(matrix.module)).map((one) => (
              <li key={one.set}>
                <Swatch set={one.module} /> {count(one.size)}
                <span class="note"> {familyName(one, (set) => store.name(set))}</span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>The sets themselves were kept at leak {back} only; above they are as they are there.</p>
      )}
    </div>
  );
}

function Sets({ pane }: { pane: ModulesPane }) {
  if (!pane.modules.length) return <p class="note">There are no sets to list.</p>;
  return (
    <>
      <p class="note">Click a set: A. Click another: B. Point at one to preview it everywhere.</p>
      <ul class="sets">
        {pane.modules.map((facts, set) => (
          <SetRow key={set} facts={facts} set={set} />
        ))}
      </ul>
    </>
  );
}

function SetRow({ facts, set }: { facts: ModuleFacts; set: number }) {
  const store = useStore();
  const hovered = useComputed(() => store.hover.value === set);
  const role = useComputed(() => store.role(set));
  const enter = () => {
    store.hover.value = set;
  };
  const leave = () => {
    if (store.hover.value === set) store.hover.value = null;
  };
  const stable = facts.stability === null ? "not measured" : `${num(facts.stability, 2)} stable`;
  return (
    <li>
      <button
        type="button"
        class={`set ${hovered.value ? "hovered" : ""}`}
        aria-pressed={role.value !== ""}
        data-set={set}
        onClick={() => store.pick(set)}
        onPointerEnter={enter}
        onPointerLeave={leave}
        onFocus={enter}
        onBlur={leave}
        style={{ "--set": colour(set) }}
      >
        <Swatch set={set} />
        <span class="name">{facts.name}</span>
        {role.value && <span class="role">{role.value}</span>}
        <span class="figures">
          {many(facts.size, "neuron")} · {stable}
        </span>
        <Ribbon facts={facts} set={set} />
      </button>
    </li>
  );
}

/** Neurons in no set are counted too. */
function LeftOut({ pane }: { pane: ModulesPane }) {
  return (
    <table class="plain leftout">
      <caption>In no set</caption>
      <tbody>
        {pane.left_out.map(([why, n]) => (
          <tr key={why}>
            <th scope="row">{why}</th>
            <td class="number">{count(n)}</td>
          </tr>
        ))}
        {pane.copies > 0 && (
          <tr>
            <th scope="row">copies of others, counted once</th>
            <td class="number">{count(pane.copies)}</td>
          </tr>
        )}
        {pane.leakage !== null && (
          <tr>
            <th scope="row">leakage of all sets (chance {num(pane.chance_leakage)})</th>
            <td class="number">{num(pane.leakage)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
