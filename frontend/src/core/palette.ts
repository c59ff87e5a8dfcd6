/** Colours of sets and of nothing else: those of `pushforward.show.palette.colours`. */
const OKABE_ITO = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C7A00"];
const TOWARDS = [null, 0, 255];
const SHARE = 0.42;

export function colour(set: number): string {
  const hue = OKABE_ITO[set % OKABE_ITO.length];
  const towards = TOWARDS[Math.floor(set / OKABE_ITO.length) % TOWARDS.length];
  if (towards === null) return hue;
  const parts = [1, 3, 5].map((i) => parseInt(hue.slice(i, i + 2), 16));
  const mixed = parts.map((p) => Math.round((1 - SHARE) * p + SHARE * towards));
  return `#${mixed.map((p) => p.toString(16).padStart(2, "0")).join("")}`.toUpperCase();
}

/** Four letters or figures that name a set where there is little room. */
export function shortName(name: string, set: number): string {
  return name.length <= 12 ? name : String(set + 1);
}
