import { many } from "../core/format";
import { colour } from "../core/palette";
import { useStore } from "../core/store";
import type { ModuleFacts } from "../schema";

/** A square of a set's colour; hollow for none. */
export function Swatch({ set }: { set: number }) {
  return <span class={set < 0 ? "swatch none" : "swatch"} style={set < 0 ? undefined : { background: colour(set) }} aria-hidden="true" />;
}

/** In which layers a set's neurons are, along the network: the taller the larger the share of the layer. */
export function Ribbon({ facts, set }: { facts: ModuleFacts; set: number }) {
  const { layers } = useStore();
  if (!layers.length) return null;
  const wide = 100 / layers.length;
  const said = facts.layers.map((one) => `${layers[one.layer]?.name}: ${one.neurons}`).join(", ");
  return (
    <svg class="ribbon" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={`Layers: ${said}`}>
      <title>{said}</title>
      <line x1="0" x2="100" y1="9.5" y2="9.5" class="rule" />
      {facts.layers.map((one) => {
        const high = Math.max(1.5, Math.sqrt(one.neurons / (layers[one.layer]?.size || 1)) * 9.5);
        return <rect key={one.layer} x={one.layer * wide + 0.1 * wide} width={0.8 * wide} y={9.5 - high} height={high} fill={colour(set)} />;
      })}
    </svg>
  );
}

/** The layers that hold most of a set, in words. */
export function Layers({ facts }: { facts: ModuleFacts }) {
  const { layers } = useStore();
  const most = [...facts.layers].sort((a, b) => b.neurons - a.neurons);
  const named = most.slice(0, 3).map((one) => `${layers[one.layer]?.name ?? one.layer} ${one.neurons}`);
  const rest = most.length - named.length;
  return <>{named.join(", ") + (rest > 0 ? ` and ${many(rest, "more layer")}` : "")}</>;
}
