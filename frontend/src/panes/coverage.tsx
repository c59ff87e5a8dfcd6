import { useRef } from "preact/hooks";
import { leakPlace } from "../core/families";
import { clamp, num } from "../core/format";
import { useStore } from "../core/store";
import { around, line, Plot, type Scale } from "../parts/plot";
import type { ModulesPane } from "../schema";

/** Coverage at each leak, with what rotated networks and the untrained twin reach, and a handle to drag. */
export function Coverage({ pane }: { pane: ModulesPane }) {
  const store = useStore();
  const dragging = useRef(false);
  const place = leakPlace(pane, store.selection.value.leak);
  const last = pane.leaks.length - 1;
  const move = (to: number, passing: boolean) => store.go({ leak: pane.leaks[clamp(to, 0, last)] }, passing);
  const follow = (event: PointerEvent, scale: Scale) => {
    const svg = (event.currentTarget as Element).closest("svg")!;
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const step = scale.x(1) - scale.x(0) || 1;
    move(Math.round((at - scale.x(0)) / step), true);
  };
  const keys = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: place + 1, ArrowUp: place + 1, ArrowLeft: place - 1, ArrowDown: place - 1, Home: 0, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    move(steps[event.key], true);
  };
  const every = Math.ceil(pane.leaks.length / 7);
  const xTicks = pane.leaks.map((leak, i) => ({ at: i, text: num(leak, 2) })).filter((_, i) => i % every === 0);
  const all = [...pane.coverage, ...pane.band[1], ...(pane.twin ?? [])];
  return (
    <Plot title="Coverage against leak" x={[0, Math.max(1, last)]} y={around(all)} xTicks={xTicks} xLabel="leak allowed between sets" yLabel="coverage: share of neurons in all sets but the largest">
      {(scale, inner) => {
        const points = (values: number[]) => values.map((value, i) => [scale.x(i), scale.y(value)] as const);
        const band = [...points(pane.band[1]), ...points(pane.band[0]).reverse()];
        return (
          <>
            {band.length > 1 && <path d={`${line(band)}Z`} class="band" />}
            {pane.twin && <path d={line(points(pane.twin))} class="curve dashed" />}
            <path d={line(points(pane.coverage))} class="curve" />
            {points(pane.coverage).map(([x, y], i) => (
              <circle key={i} cx={x} cy={y} r={i === place ? 5 : 2.5} class="point">
                <title>{`leak ${num(pane.leaks[i])}: coverage ${num(pane.coverage[i])}, ${pane.sets[i]} sets`}</title>
              </circle>
            ))}
            <g
              class="handle"
              role="slider"
              tabindex={0}
              aria-label="Leak allowed between sets"
              aria-valuemin={pane.leaks[0]}
              aria-valuemax={pane.leaks[last]}
              aria-valuenow={pane.leaks[place]}
              aria-valuetext={`leak ${num(pane.leaks[place])}, coverage ${num(pane.coverage[place])}, ${pane.sets[place]} sets`}
              onKeyDown={keys}
            >
              <line x1={scale.x(place)} x2={scale.x(place)} y1={inner.top} y2={inner.bottom} />
              <rect x={scale.x(place) - 6} y={inner.bottom - 15} width="12" height="16" rx="3" />
            </g>
            <rect
              class="catch"
              x={inner.left - 8}
              y={inner.top}
              width={inner.right - inner.left + 16}
              height={inner.bottom - inner.top + 12}
              onPointerDown={(event) => {
                dragging.current = true;
                (event.currentTarget as Element).setPointerCapture(event.pointerId);
                follow(event, scale);
              }}
              onPointerMove={(event) => dragging.current && follow(event, scale)}
              onPointerUp={() => {
                dragging.current = false;
              }}
            />
          </>
        );
      }}
    </Plot>
  );
}
