import { useRef, useState } from "preact/hooks";
import { clamp, num } from "../core/format";
import type { Picture as Facts } from "../schema";

/** Pixels below which an image is enlarged without blur. */
const SMALL = 128;
/** So many named numbers are listed; more are drawn as a profile. */
const LISTED = 12;

function ImagePicture({ picture }: { picture: Facts }) {
  const [small, setSmall] = useState(true);
  const node = useRef<HTMLImageElement>(null);
  const look = () => setSmall((node.current?.naturalWidth ?? 0) <= SMALL);
  return <img ref={node} class={small ? "image pixels" : "image"} src={picture.url} alt={picture.alt} onLoad={look} draggable={false} />;
}

/** Words, the more grey behind them the more heat. */
function Tokens({ picture, beside }: { picture: Facts; beside?: Facts | null }) {
  const words = picture.words ?? [];
  return (
    <p class="tokens" aria-label={picture.alt}>
      {words.map((word, i) => {
        const heat = picture.heat?.[i];
        const other = beside?.words && beside.words[i] !== word;
        const text = word.replace(/\n/g, "⏎");
        return (
          <span
            key={i}
            class={other ? "token changed" : "token"}
            title={heat == null ? undefined : `${word}: ${num(heat)}`}
            style={heat == null ? undefined : { "--heat": clamp(heat, 0, 1).toFixed(2) }}
          >
            {text}
          </span>
        );
      })}
    </p>
  );
}

/** Numbers with names as rows of bars; many, or nameless ones, as one profile. */
function Vector({ picture, beside }: { picture: Facts; beside?: Facts | null }) {
  const values = picture.values ?? [];
  const largest = Math.max(1e-12, ...values.map(Math.abs), ...(beside?.values ?? []).map(Math.abs));
  if (picture.names?.length && values.length <= LISTED) {
    return (
      <table class="vector" aria-label={picture.alt}>
        <tbody>
          {values.map((value, i) => (
            <tr key={i}>
              <th scope="row" title={picture.names![i]}>
                {picture.names![i]}
              </th>
              <td class="bar">
                <svg viewBox="-50 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  {beside?.values && <rect x={Math.min(0, (50 * beside.values[i]) / largest)} width={Math.abs((50 * beside.values[i]) / largest)} y="0" height="8" class="ghost" />}
                  <rect x={Math.min(0, (50 * value) / largest)} width={Math.abs((50 * value) / largest)} y="1" height="6" class="ink" />
                  <line x1="0" x2="0" y1="0" y2="8" class="rule" />
                </svg>
              </td>
              <td class="number">{num(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  const wide = 100 / Math.max(1, values.length);
  return (
    <svg class="profile" viewBox="0 -26 100 52" preserveAspectRatio="none" role="img" aria-label={picture.alt}>
      {values.map((value, i) => {
        const high = (25 * value) / largest;
        return (
          <rect key={i} x={i * wide} width={0.8 * wide} y={Math.min(0, -high)} height={Math.max(0.3, Math.abs(high))} class="ink">
            <title>{`${picture.names?.[i] ?? i}: ${num(value)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** One input, as what it is; `beside` is what words and numbers are compared with. */
export function Picture({ picture, beside }: { picture: Facts; beside?: Facts | null }) {
  if (picture.kind === "image") return <ImagePicture picture={picture} />;
  if (picture.kind === "tokens") return <Tokens picture={picture} beside={beside} />;
  return <Vector picture={picture} beside={beside} />;
}
