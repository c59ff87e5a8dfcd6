import type { LayerFacts } from "../schema";

/** The layer of a neuron, by bisection. */
export function layerOf(layers: readonly LayerFacts[], neuron: number): number {
  let low = 0;
  let high = layers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layers[middle].start <= neuron) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A neuron's name as Python's `Table.label` writes it: `conv2.3[5,7]`, `heads.5.7`. */
export function labelIn(layer: LayerFacts, neuron: number): string {
  let channel = neuron - layer.start;
  let position: number[] = [];
  if (!layer.pooled && layer.shape.length > 0) {
    const index: number[] = new Array(layer.shape.length);
    let rest = channel;
    for (let axis = layer.shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % layer.shape[axis];
      rest = Math.floor(rest / layer.shape[axis]);
    }
    const at = layer.channel_axis < 0 ? layer.channel_axis + index.length : layer.channel_axis;
    channel = index[at];
    position = index.filter((_, axis) => axis !== at);
  }
  const name = `${layer.name}.${channelName(layer, channel)}`;
  return position.length ? `${name}[${position.join(",")}]` : name;
}

function channelName(layer: LayerFacts, channel: number): string {
  const channels = layer.shape.length ? layer.shape.at(layer.channel_axis)! : 1;
  const each = layer.heads ? Math.floor(channels / layer.heads) : 0;
  return each ? `${Math.floor(channel / each)}.${channel % each}` : String(channel);
}

export function label(layers: readonly LayerFacts[], neuron: number): string {
  return layers.length ? labelIn(layers[layerOf(layers, neuron)], neuron) : String(neuron);
}
