import { useState } from "preact/hooks";
import { useStore } from "../core/store";

/** Whether the text reached the clipboard, in whichever way this browser allows. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    return copied;
  }
}

/** Copies text, and says so; shows the text to copy by hand where a browser allows no copying. */
export function useCopy(): (text: string, what: string) => Promise<void> {
  const store = useStore();
  return async (text, what) => {
    if (await toClipboard(text)) store.said.value = `Copied ${what}.`;
    else store.byHand.value = text;
  };
}

export function Copy({ text, what, children }: { text: string | (() => string); what: string; children?: string }) {
  const copy = useCopy();
  const [done, setDone] = useState(false);
  const act = async () => {
    await copy(typeof text === "string" ? text : text(), what);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={act} aria-label={`Copy ${what}`}>
      {done ? "Copied" : (children ?? "Copy")}
    </button>
  );
}

/** A pane's head: what it is in one line. */
export function Head({ title, children }: { title: string; children: string }) {
  return (
    <header class="head">
      <h2>{title}</h2>
      <p>{children}</p>
    </header>
  );
}

/** Instead of a pane: which command makes its data. */
export function Missing({ pane }: { pane: string }) {
  const store = useStore();
  const command = store.scene.missing[pane];
  if (!command) return <p class="missing">This run does not hold what this pane shows.</p>;
  return (
    <div class="missing">
      <p>This run does not hold what this pane shows. This makes it:</p>
      <pre>
        <code>{command}</code>
      </pre>
      <Copy text={command} what={`the command for the ${pane} pane`} />
    </div>
  );
}
