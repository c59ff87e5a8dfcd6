import { useMemo, useState } from "preact/hooks";
import { num } from "../core/format";
import { unpack } from "../core/load";
import { useStore } from "../core/store";
import { Head, Missing } from "../parts/copy";
import { Picture } from "../parts/picture";
import { around, Plot, ticks } from "../parts/plot";
import { Strip } from "../parts/strip";
import type { Bar, ManifoldPane, Packed, PathFacts } from "../schema";

export function Manifold() {
  const pane = useStore().scene.manifold;
  return (
    <>
      <Head title="Manifold">
        Inputs laid out by the coordinates that were recovered, the barcode of their shape, and shortest paths between them.
      </Head>
      {pane ? <Body pane={pane} /> : <Missing pane="manifold" />}
    </>
  );
}

function Body({ pane }: { pane: ManifoldPane }) {
  const [ends, setEnds] = useState<number[]>([]);
  const pick = (point: number) => setEnds((now) => (now.includes(point) ? now.filter((one) => one !== point) : [...now.slice(-1), point]));
  const path = ends.length === 2 ? pane.paths.find((one) => one.ends.every((end) => ends.includes(end))) : undefined;
  return (
    <>
      <p class="says">
        <b>
          {pane.name}: {pane.verdict}.
        </b>{" "}
        {pane.words}
      </p>
      <div class="plots">
        {pane.coordinates ? <Points pane={pane} coordinates={pane.coordinates} ends={ends} onPick={pick} /> : <p class="missing">No coordinates were recovered.</p>}
        {pane.barcode.length > 0 && <Barcode bars={pane.barcode} />}
      </div>
      {pane.paths.length > 0 && (
        <div class="tools">
          <span>Shortest paths:</span>
          {pane.paths.map((one, i) => (
            <button key={i} type="button" aria-pressed={one === path} onClick={() => setEnds([...one.ends])}>
              {one.ends[0]} to {one.ends[1]}
            </button>
          ))}
        </div>
      )}
      {path && <Path path={path} />}
      {ends.length === 2 && !path && <p class="missing">No path between points {ends.join(" and ")} was computed; those that were are ringed.</p>}
    </>
  );
}

function Path({ path }: { path: PathFacts }) {
  const along = path.frames.map((picture, i) => ({ at: path.frames.length > 1 ? i / (path.frames.length - 1) : 0, picture }));
  return (
    <section>
      <p>
        Length <b>{num(path.length)}</b>
        {path.straight !== null && `, the straight line's ${num(path.straight)} (${num(path.length / path.straight)} of it)`}
      </p>
      <Strip frames={along} at={null} unit="of the way" label="Inputs along the path" />
    </section>
  );
}

interface PointsProps {
  pane: ManifoldPane;
  coordinates: Packed;
  ends: number[];
  onPick: (point: number) => void;
}

/** Points by their first two coordinates; by one and their number if there is only one. */
function Points({ pane, coordinates, ends, onPick }: PointsProps) {
  const [over, setOver] = useState<number | null>(null);
  const [n, k] = [coordinates.shape[0], coordinates.shape[1] ?? 1];
  const at = useMemo(() => {
    const numbers = unpack(coordinates);
    return Array.from({ length: n }, (_, i) => [numbers[i * k], k > 1 ? numbers[i * k + 1] : 0] as const);
  }, [coordinates]);
  const pictures = useMemo(() => new Map(pane.pictures), [pane]);
  const special = useMemo(() => new Set(pane.paths.flatMap((path) => path.ends)), [pane]);
  const xs = around(at.map(([x]) => x), false);
  const ys = around(at.map(([, y]) => y), false);
  const shown = over ?? ends.at(-1) ?? null;
  const nearestTo = (event: PointerEvent | MouseEvent) => {
    const svg = (event.currentTarget as Element).closest("svg")!;
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = -1;
    let least = 18 ** 2;
    svg.querySelectorAll<SVGCircleElement>("circle[data-point]").forEach((dot) => {
      const far = (dot.cx.baseVal.value - px) ** 2 + (dot.cy.baseVal.value - py) ** 2;
      if (far < least) [best, least] = [Number(dot.dataset.point), far];
    });
    return best < 0 ? null : best;
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) setOver((now) => ((now ?? -step) + step + n) % n);
    else if (event.key === "Enter" && over !== null) onPick(over);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section>
      <h3>Points by their coordinates</h3>
      <div tabIndex={0} role="application" aria-label={`${n} points by their recovered coordinates. Arrows go from point to point, Enter chooses an end of a path.`} onKeyDown={keys} class="points">
        <Plot title="Recovered coordinates" width={420} height={380} x={xs} y={ys} xTicks={ticks(...xs)} yTicks={ticks(...ys)} xLabel="first coordinate" yLabel={k > 1 ? "second coordinate" : ""}>
          {(scale, inner) => (
            <>
              {at.map(([x, y], i) => (
                <circle key={i} data-point={i} cx={scale.x(x)} cy={scale.y(y)} r={ends.includes(i) ? 7 : i === over ? 6 : pictures.has(i) ? 3.5 : 2} class={ends.includes(i) ? "point end" : special.has(i) ? "point ringed" : "point dim"} />
              ))}
              <rect
                class="catch"
                x={inner.left}
                y={inner.top}
                width={inner.right - inner.left}
                height={inner.bottom - inner.top}
                onPointerMove={(event) => setOver(nearestTo(event))}
                onPointerLeave={() => setOver(null)}
                onClick={(event) => {
                  const point = nearestTo(event);
                  if (point !== null) onPick(point);
                }}
              />
            </>
          )}
        </Plot>
      </div>
      <div class="preview">
        {shown !== null ? (
          <>
            {pictures.has(shown) && <Picture picture={pictures.get(shown)!} />}
            <p class="number">
              point {shown}: {num(at[shown][0])}
              {k > 1 && `, ${num(at[shown][1])}`}
              {!pictures.has(shown) && " (its picture is not kept)"}
            </p>
          </>
        ) : (
          <p class="note">Point at one to see it; click two for the path between them.</p>
        )}
      </div>
    </section>
  );
}

/** Components, loops and voids, from where they are born to where they die. */
function Barcode({ bars }: { bars: Bar[] }) {
  const finite = bars.flatMap((bar) => [bar.birth, bar.death ?? bar.birth]);
  const end = Math.max(...finite) * 1.08 || 1;
  const sorted = [...bars].sort((a, b) => a.degree - b.degree || (b.death ?? Infinity) - b.birth - ((a.death ?? Infinity) - a.birth));
  const high = Math.min(12, Math.max(2, 300 / sorted.length));
  const names = ["component", "loop", "void"];
  const firsts = sorted.map((bar, i) => (i === 0 || sorted[i - 1].degree !== bar.degree ? i : -1)).filter((i) => i >= 0);
  const place = (i: number) => firsts.filter((first) => first <= i).length * 18 + i * high;
  const tall = 60 + firsts.length * 18 + sorted.length * high;
  return (
    <section>
      <h3>Barcode</h3>
      <Plot title="Barcode" width={420} height={tall} x={[0, end]} y={[0, 1]} yTicks={[]} xLabel="scale" yLabel="">
        {(scale, inner) => (
          <>
            {sorted.map((bar, i) => (
              <g key={i}>
                {firsts.includes(i) && (
                  <text x={inner.left} y={place(i) + 14}>
                    {names[bar.degree] ?? `degree ${bar.degree}`}s
                  </text>
                )}
                <rect x={scale.x(bar.birth)} width={Math.max(1, scale.x(bar.death ?? end) - scale.x(bar.birth))} y={place(i) + 18} height={Math.max(1, high - 1.5)} class={bar.death === null ? "ink" : "fill"}>
                  <title>{`${names[bar.degree] ?? `degree ${bar.degree}`}: ${num(bar.birth)} to ${bar.death === null ? "the end" : num(bar.death)}`}</title>
                </rect>
              </g>
            ))}
          </>
        )}
      </Plot>
      <p class="key">
        {[...new Set(sorted.map((bar) => bar.degree))].map((degree) => `${sorted.filter((bar) => bar.degree === degree).length} ${names[degree] ?? `of degree ${degree}`}s`).join(", ")}; black bars never end
      </p>
    </section>
  );
}
