import type { Picture as Facts } from "../schema";
import { num } from "../core/format";
import { Picture } from "./picture";

interface Props {
  frames: { at: number; picture: Facts }[];
  at: number | null;
  unit?: string;
  label: string;
  onPick?: (at: number) => void;
}

/** Frames side by side, each with its position; a click goes there. */
export function Strip({ frames, at, unit = "σ", label, onPick }: Props) {
  return (
    <ol class="strip" aria-label={label}>
      {frames.map((frame, i) => (
        <li key={i}>
          <button type="button" aria-pressed={at === frame.at} onClick={() => onPick?.(frame.at)} disabled={!onPick}>
            <Picture picture={frame.picture} />
            <span class="number">
              {num(frame.at, 2)} {unit}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
