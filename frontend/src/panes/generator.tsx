import { useState } from "preact/hooks";
import { nearest, num } from "../core/format";
import { useStore } from "../core/store";
import { Head, Missing } from "../parts/copy";
import { Picture } from "../parts/picture";
import { bins, Plot } from "../parts/plot";
import type { DirectionFacts, GeneratorPane, Picture as Facts } from "../schema";

export function Generator() {
  const pane = useStore().scene.generator;
  return (
    <>
      <Head title="Generator">
        Samples beside the data, what moves along the directions of the latent space, and how dense inputs are.
      </Head>
      {pane ? <Body pane={pane} /> : <Missing pane="generator" />}
    </>
  );
}

function Body({ pane }: { pane: GeneratorPane }) {
  return (
    <>
      <p class="says">{pane.words}</p>
      <p class="note">Latent space: {pane.latent}</p>
      <div class="pair">
        <Grid title="Samples" pictures={pane.samples} />
        <Grid title="Data" pictures={pane.data} />
      </div>
      {pane.card.length > 0 && (
        <table class="plain">
          <caption>Quality</caption>
          <tbody>
            {pane.card.map(([name, value, words]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{value}</td>
                <td>{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {pane.directions.length > 0 && (
        <section>
          <h3>Directions at one input</h3>
          <p class="note">{pane.dimension}</p>
          <div class="directions">
            {pane.point && (
              <figure>
                <Picture picture={pane.point} />
                <figcaption>the input</figcaption>
              </figure>
            )}
            {pane.directions.map((direction, i) => (
              <Direction key={i} direction={direction} place={i} />
            ))}
          </div>
        </section>
      )}
      {pane.percentiles.length > 0 && <Percentiles values={pane.percentiles} />}
    </>
  );
}

function Grid({ title, pictures }: { title: string; pictures: Facts[] }) {
  if (!pictures.length) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul class="grid">
        {pictures.map((picture, i) => (
          <li key={i}>
            <Picture picture={picture} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A slider through the frames along one direction. */
function Direction({ direction, place }: { direction: DirectionFacts; place: number }) {
  const [k, setK] = useState(nearest(direction.at, 0));
  if (!direction.frames.length) return null;
  return (
    <figure class="direction">
      <Picture picture={direction.frames[k]} beside={direction.frames[nearest(direction.at, 0)]} />
      <input
        type="range"
        min="0"
        max={direction.frames.length - 1}
        value={k}
        aria-label={`Direction ${place + 1}`}
        aria-valuetext={num(direction.at[k])}
        onInput={(event) => setK(Number(event.currentTarget.value))}
      />
      <figcaption class="number">
        direction {place + 1}, singular value {num(direction.value)}, at {num(direction.at[k], 2)}
      </figcaption>
    </figure>
  );
}

function Percentiles({ values }: { values: number[] }) {
  const bars = bins(values, [0, 1], 20);
  const most = Math.max(...bars.map((bar) => bar.count));
  return (
    <section>
      <h3>Density of inputs</h3>
      <Plot title="Percentiles of density" x={[0, 100]} y={[0, most * 1.1]} xLabel="percentile of density" yLabel="inputs">
        {(scale, inner) => (
          <>
            {bars.map((bar, i) => (
              <rect key={i} x={scale.x(100 * bar.from) + 0.5} width={scale.x(5) - scale.x(0) - 1} y={scale.y(bar.count)} height={inner.bottom - scale.y(bar.count)} class="fill">
                <title>{`${num(100 * bar.from)} to ${num(100 * bar.to)}: ${bar.count}`}</title>
              </rect>
            ))}
            <line x1={inner.left} x2={inner.right} y1={scale.y(values.length / bars.length)} y2={scale.y(values.length / bars.length)} class="curve dashed" />
          </>
        )}
      </Plot>
      <p class="key">
        <span class="sample dash" /> as many in each, where the density is right; {values.length} inputs
      </p>
    </section>
  );
}
