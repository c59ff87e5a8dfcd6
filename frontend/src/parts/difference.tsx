import { useEffect, useRef, useState } from "preact/hooks";
import { num } from "../core/format";
import type { Picture as Facts } from "../schema";

/** The largest change of a channel that still is drawn as one: below, the picture is the same. */
const SAME = 1 / 255;

async function pixels(url: string): Promise<ImageData> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Mean change of the three channels, −1 … 1, drawn as grey: the middle is no change, the ends the largest one. */
async function draw(canvas: HTMLCanvasElement, from: string, to: string, current: () => boolean): Promise<number | null> {
  const [a, b] = await Promise.all([pixels(from), pixels(to)]);
  if (!current() || a.width !== b.width || a.height !== b.height) return null;
  const change = new Float32Array(a.width * a.height);
  let largest = SAME;
  for (let i = 0; i < change.length; i++) {
    for (let k = 0; k < 3; k++) change[i] += (b.data[4 * i + k] - a.data[4 * i + k]) / 765;
    largest = Math.max(largest, Math.abs(change[i]));
  }
  canvas.width = a.width;
  canvas.height = a.height;
  const out = new ImageData(a.width, a.height);
  for (let i = 0; i < change.length; i++) {
    out.data.fill(128 + (127 * change[i]) / largest, 4 * i, 4 * i + 3);
    out.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(out, 0, 0);
  return largest;
}

/** What changed between two inputs of the same kind. */
export function Difference({ from, to }: { from: Facts; to: Facts }) {
  if (to.kind === "image" && from.url && to.url) return <ImageDifference from={from.url} to={to.url} />;
  if (to.kind === "tokens") return <WordDifference from={from.words ?? []} to={to.words ?? []} />;
  return <ValueDifference from={from} to={to} />;
}

function ImageDifference({ from, to }: { from: string; to: string }) {
  const node = useRef<HTMLCanvasElement>(null);
  const [largest, setLargest] = useState<number | null>(null);
  useEffect(() => {
    let current = true;
    void draw(node.current!, from, to, () => current).then((value) => {
      if (current) setLargest(value);
    });
    return () => {
      current = false;
    };
  }, [from, to]);
  return (
    <>
      <canvas ref={node} class="image pixels" role="img" aria-label="Difference of both: lighter, where it grew" />
      <figcaption>difference; white and black: ±{num(largest, 2)} of full range</figcaption>
    </>
  );
}

function WordDifference({ from, to }: { from: string[]; to: string[] }) {
  const changes = to.map((word, i) => [i, from[i], word] as const).filter(([, a, b]) => a !== b);
  if (!changes.length) return <figcaption>No word differs.</figcaption>;
  return (
    <table class="plain tight">
      <caption>words that differ, by position</caption>
      <tbody>
        {changes.map(([i, a, b]) => (
          <tr key={i}>
            <th scope="row">{i}</th>
            <td>{a ?? "–"}</td>
            <td>→ {b}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ValueDifference({ from, to }: { from: Facts; to: Facts }) {
  const old = from.values ?? [];
  const changes = (to.values ?? [])
    .map((value, i) => ({ name: to.names?.[i] ?? String(i), value, change: value - (old[i] ?? 0) }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .slice(0, 8);
  return (
    <table class="plain">
      <caption>largest differences</caption>
      <tbody>
        {changes.map((one) => (
          <tr key={one.name}>
            <th scope="row">{one.name}</th>
            <td class="number">
              {num(one.value - one.change)} → {num(one.value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
