import type { Packed, Scene } from "../schema";

export type Numbers = Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array;

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.replace(/\s+/g, ""));
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

const unpacked = new WeakMap<Packed, Numbers>();

/** The numbers of a packed array; unpacked once. */
export function unpack(packed: Packed): Numbers {
  let numbers = unpacked.get(packed);
  if (!numbers) {
    const buffer = bytes(packed.data).buffer;
    const kinds = { u8: Uint8Array, u16: Uint16Array, i16: Int16Array, i32: Int32Array, f32: Float32Array };
    numbers = new kinds[packed.dtype](buffer);
    unpacked.set(packed, numbers);
  }
  return numbers;
}

/** The scenes that a document holds (deflated or plain) or names by a relative address: one, or `{"scenes": [...]}`. */
export async function load(node: HTMLElement): Promise<Scene[]> {
  const said = (await read(node)) as Scene | { scenes: Scene[] };
  return "scenes" in said ? said.scenes : [said];
}

async function read(node: HTMLElement): Promise<unknown> {
  const { encoding, url } = node.dataset;
  if (url) {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(await refusal(answer));
    return answer.json();
  }
  const text = node.textContent ?? "";
  if (encoding === "deflate-base64") {
    const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  return JSON.parse(text);
}

/** What a server says instead of an answer. */
export async function refusal(answer: Response): Promise<string> {
  try {
    const said = (await answer.json()) as { error?: string };
    if (said.error) return said.error;
  } catch {
    // Not of our making: a proxy's page, or nothing.
  }
  return `The server answered ${answer.status} ${answer.statusText}.`;
}
