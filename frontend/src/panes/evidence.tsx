import { num, percent, seconds } from "../core/format";
import { useStore } from "../core/store";
import { Copy, Head, Missing } from "../parts/copy";
import { Heat } from "../parts/heat";
import { around, bins, Plot } from "../parts/plot";
import type { Criterion, EvidencePane } from "../schema";
import { LesionPlot } from "./lesions";

export function Evidence() {
  const pane = useStore().scene.evidence;
  return (
    <>
      <Head title="Evidence">
        Why the answer is what it is: what it needs, what chance reaches, what would have been found.
      </Head>
      {pane ? <Body pane={pane} /> : <Missing pane="evidence" />}
      <Methods />
    </>
  );
}

function Body({ pane }: { pane: EvidencePane }) {
  const criteria = [...pane.criteria].sort((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <>
      <ul class="criteria">
        {criteria.map((one) => (
          <Line key={one.name} criterion={one} />
        ))}
      </ul>
      <div class="plots">
        {pane.null.length > 0 && <Null pane={pane} />}
        {pane.power && (
          <section>
            <h3>What would have been found</h3>
            <p class="note">{pane.power.words}</p>
            <Heat title="Share of planted pairs of modules that were found" corner="neurons \ leak" rows={pane.power.sizes.map(String)} columns={pane.power.leaks.map((leak) => num(leak))} values={pane.power.share} format={(share) => percent(share, 2)} />
          </section>
        )}
        {pane.nearest.length > 0 && (
          <section>
            <h3>Where it came nearest</h3>
            <Heat title="How much more the overlaps of two layers spread than in rotated networks" rows={pane.layers} columns={pane.layers} values={pane.nearest} format={(value) => num(value, 2)} />
          </section>
        )}
      </div>
      <section>
        <h3>Lesions</h3>
        {pane.lesions ? <LesionPlot table={pane.lesions} /> : <Missing pane="lesions" />}
      </section>
      {pane.linearity && (
        <section>
          <h3>How linear the network is near the inputs</h3>
          <p>{pane.linearity}</p>
        </section>
      )}
    </>
  );
}

function Line({ criterion }: { criterion: Criterion }) {
  return (
    <li class={criterion.passed ? "passed" : "failed"}>
      <b>{criterion.passed ? "Passed" : "Failed"}</b> <span class="what">{criterion.name}</span>
      <span>{criterion.words}</span>
    </li>
  );
}

/** The scores of rotated networks, with the score of this one and the score that is needed. */
function Null({ pane }: { pane: EvidencePane }) {
  const ends = around([...pane.null, pane.score, pane.needed]);
  const bars = bins(pane.null, ends);
  const most = Math.max(...bars.map((bar) => bar.count));
  const rank = pane.null.filter((score) => score >= pane.score).length;
  return (
    <section>
      <h3>Against chance</h3>
      <Plot title="Scores of rotated networks and of this one" x={ends} y={[0, most * 1.1]} xLabel="score" yLabel="rotated networks">
        {(scale, inner) => (
          <>
            {bars.map((bar, i) => (
              <rect key={i} x={scale.x(bar.from) + 0.5} width={Math.max(0, scale.x(bar.to) - scale.x(bar.from) - 1)} y={scale.y(bar.count)} height={inner.bottom - scale.y(bar.count)} class="fill">
                <title>{`${num(bar.from)} to ${num(bar.to)}: ${bar.count}`}</title>
              </rect>
            ))}
            <line x1={scale.x(pane.needed)} x2={scale.x(pane.needed)} y1={inner.top} y2={inner.bottom} class="curve dashed" />
            <line x1={scale.x(pane.score)} x2={scale.x(pane.score)} y1={inner.top} y2={inner.bottom} class="curve" />
          </>
        )}
      </Plot>
      <p class="key">
        <span class="sample solid" /> this network: {num(pane.score)} <span class="sample dash" /> needed: {num(pane.needed)} · {rank} of {pane.null.length} rotated networks reach it
      </p>
    </section>
  );
}

/** How all of this was made, said once. */
function Methods() {
  const store = useStore();
  const { made, network } = store.scene;
  return (
    <section class="methods">
      <h3>How this was made</h3>
      <pre>
        <code>{made.command}</code>
      </pre>
      <Copy text={made.command} what="the command" />
      <pre>
        <code>{made.code}</code>
      </pre>
      <Copy text={made.code} what="the code" />
      <table class="plain">
        <tbody>
          {made.seed !== null && (
            <tr>
              <th scope="row">seed</th>
              <td>{made.seed}</td>
            </tr>
          )}
          {network && (
            <tr>
              <th scope="row">network</th>
              <td>
                {network.model}: {network.inputs}, {network.shape}
              </td>
            </tr>
          )}
          {made.versions.map(([name, version]) => (
            <tr key={`v${name}`}>
              <th scope="row">{name}</th>
              <td>{version}</td>
            </tr>
          ))}
          {made.timings.map(([name, time]) => (
            <tr key={`t${name}`}>
              <th scope="row">{name}</th>
              <td>{seconds(time)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
