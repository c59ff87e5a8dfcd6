import { num } from "../core/format";
import { colour } from "../core/palette";
import { useStore } from "../core/store";
import { Swatch } from "./set";

/** A number for each set, as a bar of the set's colour and as a number. */
export function Bars({ title, values }: { title: string; values: number[] }) {
  const store = useStore();
  const largest = Math.max(1e-12, ...values);
  return (
    <table class="plain bars">
      <caption>{title}</caption>
      <tbody>
        {values.map((value, set) => (
          <tr key={set}>
            <th scope="row">
              <Swatch set={set} /> {store.name(set)}
            </th>
            <td class="bar">
              <span style={{ width: `${(100 * Math.max(0, value)) / largest}%`, background: colour(set) }} />
            </td>
            <td class="number">{num(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
