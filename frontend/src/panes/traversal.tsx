import type { ComponentChildren } from "preact";
import { nearest, num, percent } from "../core/format";
import { useStore } from "../core/store";
import { Difference } from "../parts/difference";
import { Picture } from "../parts/picture";
import { around, line, Plot } from "../parts/plot";
import { Strip } from "../parts/strip";
import type { Frame, Picture as Facts, TraversalFacts } from "../schema";

/** A precomputed way: the slider goes through its frames. */
export function Traversal({ traversal, original }: { traversal: TraversalFacts; original: Facts }) {
  const store = useStore();
  const { frames } = traversal;
  const ats = frames.map((frame) => frame.at);
  if (!frames.length) return <p class="missing">{traversal.verdict}</p>;
  const { t } = store.selection.value;
  const place = nearest(ats, t ?? Math.max(...ats));
  const slider = (
    <input
      type="range"
      min="0"
      max={frames.length - 1}
      step="1"
      value={place}
      aria-label={`Frame: σ that ${traversal.moves} is moved by`}
      aria-valuetext={`${num(ats[place])} σ`}
      onInput={(event) => store.go({ t: ats[Number(event.currentTarget.value)] }, true)}
    />
  );
  return <Way traversal={traversal} frame={frames[place]} original={original} slider={slider} onPick={(at) => store.go({ t: at })} />;
}

interface WayProps {
  traversal: TraversalFacts;
  frame: Frame;
  original: Facts;
  slider: ComponentChildren;
  onPick: (at: number) => void;
  note?: string;
}

/** A way with one of its frames: pictures, numbers, strip, curves. */
export function Way({ traversal, frame, original, slider, onPick, note }: WayProps) {
  return (
    <div class="way">
      <p class="says">{traversal.verdict}</p>
      <div class="slide">
        {slider}
        <output class="number">{num(frame.at)} σ</output>
      </div>
      <div class="now">
        <figure>
          <Picture picture={original} />
          <figcaption>original</figcaption>
        </figure>
        <figure class="present">
          <Picture picture={frame.picture} beside={original} />
          <figcaption>at {num(frame.at)} σ</figcaption>
        </figure>
        <figure>
          <Difference from={original} to={frame.picture} />
        </figure>
        <FrameFigures traversal={traversal} frame={frame} note={note} />
      </div>
      <Strip frames={traversal.frames} at={frame.at} label={`Frames along which ${traversal.moves} moves`} onPick={onPick} />
      <div class="plots">
        <Curve traversal={traversal} frame={frame} title={`${traversal.moves} moves by`} label="σ, measured" value={(one) => one.moved} />
        <Curve traversal={traversal} frame={frame} title={`off-target change of ${traversal.fixed}`} label="% of what moves" value={(one) => (one.leaked === null ? null : 100 * one.leaked)} chance={traversal.chance === null ? undefined : 100 * traversal.chance} />
      </div>
    </div>
  );
}

function FrameFigures({ traversal, frame, note }: { traversal: TraversalFacts; frame: Frame; note?: string }) {
  const rows: [string, string, number | null, string][] = [
    ["moved", `${traversal.moves} moves by`, frame.moved, `${num(frame.moved)} σ`],
    ["leaked", `off-target change of ${traversal.fixed}`, frame.leaked, percent(frame.leaked)],
    ["predicted", "the same to first order", frame.predicted, percent(frame.predicted)],
    ["chance", "the same by chance", traversal.chance, percent(traversal.chance)],
    ["peak", `its worst neuron, of what ${traversal.moves} moves`, frame.peak, percent(frame.peak)],
    ["percentile", "percentile of density", frame.percentile, percent(frame.percentile)],
    ["z", "z along the way", frame.z, num(frame.z)],
  ];
  return (
    <table class="plain framefigures">
      <caption>measured by a fresh forward pass{note ? `, ${note}` : ""}</caption>
      <tbody>
        {rows.map(([key, name, value, text]) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td class="number" data-figure={key} data-value={value ?? undefined}>
              {text}
            </td>
          </tr>
        ))}
        {frame.worst.slice(0, 3).map(([name, value]) => (
          <tr key={`worst ${name}`} class="minor">
            <th scope="row">{name}</th>
            <td class="number">{num(value)} σ</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CurveProps {
  traversal: TraversalFacts;
  frame: Frame;
  title: string;
  label: string;
  value: (frame: Frame) => number | null;
  chance?: number;
}

/** One number along the way, with the present position. */
function Curve({ traversal, frame, title, label, value, chance }: CurveProps) {
  const frames = traversal.frames.filter((one) => value(one) !== null).sort((a, b) => a.at - b.at);
  const now = value(frame);
  const ats = [...traversal.frames.map((one) => one.at), frame.at];
  const ends: [number, number] = [Math.min(...ats), Math.max(...ats)];
  const values = [...frames.map(value), now, chance ?? null].filter((one) => one !== null);
  return (
    <Plot title={title} width={340} height={160} x={ends} y={around(values)} xLabel={`σ asked of ${traversal.moves}`} yLabel={`${title}, ${label}`}>
      {(scale, inner) => (
        <>
          {chance !== undefined && (
            <>
              <line x1={inner.left} x2={inner.right} y1={scale.y(chance)} y2={scale.y(chance)} class="curve dashed" />
              <text x={inner.right} y={scale.y(chance) + (scale.y(chance) < inner.top + 14 ? 14 : -4)} text-anchor="end">
                chance {num(chance)}
              </text>
            </>
          )}
          <path d={line(frames.map((one) => [scale.x(one.at), scale.y(value(one)!)]))} class="curve" />
          <line x1={scale.x(frame.at)} x2={scale.x(frame.at)} y1={inner.top} y2={inner.bottom} class="now" />
          {now !== null && <circle cx={scale.x(frame.at)} cy={scale.y(now)} r="5" class="point" />}
        </>
      )}
    </Plot>
  );
}
