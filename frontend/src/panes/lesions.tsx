import { num } from "../core/format";
import { colour } from "../core/palette";
import { useStore } from "../core/store";
import type { LesionTable } from "../schema";

const ROW = 24;
const NAMES = 110;
const WIDE = 420;

/** How far each metric falls when a set is taken out (a filled dot), beside random sets of as many neurons. */
export function LesionPlot({ table, names }: { table: LesionTable; names?: string[] }) {
  const store = useStore();
  return (
    <div class="lesions">
      {table.metrics.map((metric, k) => (
        <Metric key={metric} table={table} k={k} names={names ?? table.effect.map((_, set) => store.name(set))} coloured={!names} />
      ))}
    </div>
  );
}

function Metric({ table, k, names, coloured }: { table: LesionTable; k: number; names: string[]; coloured: boolean }) {
  const all = [...table.effect.map((row) => row[k]), ...table.control.flatMap((sets) => sets.map((one) => one[k]))];
  const values = all.filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...values), Math.max(1e-12, ...values)];
  const x = (value: number) => NAMES + ((value - low) / (high - low)) * (WIDE - NAMES - 64);
  const tall = names.length * ROW + 8;
  return (
    <figure>
      <figcaption>
        Fall of {table.metrics[k]} (intact {num(table.base[k])}); small dots: random sets of as many neurons
      </figcaption>
      <svg class="plot" viewBox={`0 0 ${WIDE} ${tall}`} role="img" aria-label={`Fall of ${table.metrics[k]} by lesion`} style={{ maxWidth: "32em" }}>
        <line x1={x(0)} x2={x(0)} y1="0" y2={tall} class="axis" />
        {names.map((name, set) => {
          const effect = table.effect[set][k];
          const y = set * ROW + ROW / 2 + 2;
          return (
            <g key={set}>
              <text x={NAMES - 10} y={y + 4} text-anchor="end">
                {name.length > 15 ? `${name.slice(0, 14)}…` : name}
                <title>{name}</title>
              </text>
              {(table.control[set] ?? []).map((one) => one[k]).map((value, i) => value !== null && <circle key={i} cx={x(value)} cy={y} r="2.5" class="control" />)}
              {effect !== null && <circle cx={x(effect)} cy={y} r="6" class="point" style={coloured ? { fill: colour(set) } : undefined} />}
              <text x={WIDE} y={y + 4} text-anchor="end" class="value">
                {num(effect)}
              </text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}
