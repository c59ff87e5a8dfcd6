import { useState } from "preact/hooks";
import { num } from "../core/format";

interface Props {
  title: string;
  rows: string[];
  columns: string[];
  values: (number | null)[][];
  format?: (value: number | null) => string;
  corner?: string;
}

/** With more columns than this the cells hold no numbers, which a line below then says. */
const WRITTEN = 12;

/** A table whose cells are the greyer the larger their number. */
export function Heat({ title, rows, columns, values, format = num, corner = "" }: Props) {
  const [at, setAt] = useState<[number, number] | null>(null);
  const largest = Math.max(1e-12, ...values.flat().map((value) => value ?? 0));
  const level = (value: number | null) => Math.max(0, (value ?? 0) / largest).toFixed(3);
  if (columns.length <= WRITTEN) {
    return (
      <div class="scroll">
        <table class="heat">
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{corner}</th>
              {columns.map((name, j) => (
                <th key={j} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {values.map((row, i) => (
              <tr key={i}>
                <th scope="row">{rows[i]}</th>
                {row.map((value, j) => (
                  <td key={j} style={{ "--heat": level(value) }}>
                    {format(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  const side = 100 / columns.length;
  const said = at ? `${rows[at[0]]} × ${columns[at[1]]}: ${format(values[at[0]][at[1]])}` : "Point at a cell to read its number.";
  return (
    <figure class="heatmap">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 100 ${(side * rows.length).toFixed(2)}`} role="img" aria-label={title} onPointerLeave={() => setAt(null)}>
        {values.map((row, i) =>
          row.map((value, j) => (
            <rect key={`${i}.${j}`} x={j * side} y={i * side} width={side} height={side} class="cell" style={{ "--heat": level(value) }} onPointerEnter={() => setAt([i, j])} />
          )),
        )}
      </svg>
      <p class="readout">{said}</p>
    </figure>
  );
}
