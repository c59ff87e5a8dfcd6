import { signal } from "@preact/signals";
import type {
  Frame,
  FrameSent,
  InputAsked,
  Job,
  LesionTable,
  Progress,
  Pushed,
  SetAsked,
  Walk,
} from "../schema";
import { refusal } from "./load";

export interface Trouble {
  id: number;
  text: string;
}

/** What is asked for again when a walk is gone. */
export interface WalkWish {
  moves: SetAsked;
  fixed: SetAsked[];
  input: InputAsked;
  distance: number;
}

class Refused extends Error {
  constructor(
    text: string,
    readonly status: number,
  ) {
    super(text);
  }
}

/** Milliseconds after which a server that is gone is asked once more. */
const AGAIN = 1500;

/** The server that computes: jobs with progress, and measured frames of which the newest wins. */
export class Live {
  readonly jobs = signal<Progress[]>([]);
  readonly troubles = signal<Trouble[]>([]);
  readonly connected = signal(true);
  /** What a server says that is there, but does not let this page in. */
  readonly strange = signal("");
  readonly walk = signal<Walk | null>(null);
  readonly frame = signal<Frame | null>(null);
  /** Milliseconds from asking for the last frame to having it. */
  readonly took = signal<number | null>(null);
  readonly lesions = signal<LesionTable | null>(null);
  readonly pushed = signal<Pushed | null>(null);
  private readonly page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
  private stamp = 0;
  private number = 0;
  private readonly ends = new Map<string, (progress: Progress) => void>();
  private readonly early = new Map<string, Progress>();
  private readonly newest = new Map<string, number>();
  private wish: WalkWish | null = null;
  private choice = "";
  private shown = 0;
  private busy = false;
  private queued: number | null = null;
  private events: EventSource | null = null;
  private readonly heard = new Set<string>();
  private posting = 0;
  private closed = false;
  private timer: number | undefined;
  private pause: number | undefined;

  constructor() {
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.pause);
    this.events?.close();
  }

  /** Listens to events. After every break anew, without the last event's number: the server then sends all it has. */
  private connect(): void {
    const events = new EventSource(`api/events?page=${this.page}`);
    this.events = events;
    events.onmessage = (event: MessageEvent<string>) => this.progress(JSON.parse(event.data) as Progress);
    events.onopen = () => {
      const before = this.jobs.value.filter((job) => job.state === "running").map((job) => job.job);
      if (before.length && !this.connected.value) this.timer = setTimeout(() => this.back(before), AGAIN) as unknown as number;
      this.connected.value = true;
      this.strange.value = "";
      this.heard.clear();
      this.pump();
    };
    events.onerror = () => {
      this.connected.value = false;
      events.close();
      this.timer = setTimeout(() => void this.again(), AGAIN) as unknown as number;
    };
  }

  /** Whether the server is there but does not know this page; then try once more. */
  private async again(): Promise<void> {
    const stop = new AbortController();
    try {
      const answer = await fetch(`api/events?page=${this.page}`, { credentials: "same-origin", signal: stop.signal });
      this.strange.value = [401, 403].includes(answer.status) ? await refusal(answer) : "";
    } catch {
      this.strange.value = "";
    }
    stop.abort();
    if (!this.closed) this.connect();
  }

  /** Jobs of which a server that came back says nothing are lost: the walk is asked for again. */
  private back(before: string[]): void {
    const lost = before.filter((job) => !this.heard.has(job));
    if (!lost.length) return;
    this.jobs.value = this.jobs.value.filter((job) => !lost.includes(job.job));
    for (const job of lost) this.ends.delete(job);
    if (this.wish && !this.walk.value) void this.startWalk(this.wish);
    else this.trouble("The server ended while a job ran; ask for it again.");
  }

  private progress(event: Progress): void {
    this.heard.add(event.job);
    const others = this.jobs.value.filter((job) => job.job !== event.job);
    this.jobs.value = event.state === "running" ? [...others, event] : others;
    if (event.state === "running") return;
    const end = this.ends.get(event.job);
    if (end) end(event);
    else if (this.posting > 0) this.early.set(event.job, event);
    this.ends.delete(event.job);
  }

  trouble(text: string): void {
    if (this.troubles.value.some((one) => one.text === text)) return;
    this.troubles.value = [...this.troubles.value, { id: ++this.number, text }];
  }

  dismiss(id: number): void {
    this.troubles.value = this.troubles.value.filter((one) => one.id !== id);
  }

  private async post<T>(route: string, body: object): Promise<T> {
    const answer = await fetch(`api/${route}`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Refused(await refusal(answer), answer.status);
    return (await answer.json()) as T;
  }

  /** Run a job to its end; null if it was cancelled, failed, or a newer one of its kind was asked for. */
  private async job<T>(route: string, asked: object): Promise<T | null> {
    const stamp = ++this.stamp;
    this.newest.set(route, stamp);
    try {
      this.posting++;
      const { job } = await this.post<Job>(route, { stamp, page: this.page, ...asked }).finally(() => this.posting--);
      const end = await new Promise<Progress>((resolve) => {
        const early = this.early.get(job);
        this.early.delete(job);
        if (early) resolve(early);
        else this.ends.set(job, resolve);
      });
      if (this.newest.get(route) !== stamp) return null;
      if (end.state === "failed") this.trouble(end.error ?? "The job failed without saying why; see the server's output.");
      return end.state === "done" ? (end.result as T) : null;
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  private failed(error: unknown): void {
    if (error instanceof Refused) this.trouble(error.message);
    else this.connected.value = false;
  }

  /** Compute a walk; its frames are then asked for with `ask`. */
  async startWalk(wish: WalkWish): Promise<void> {
    this.wish = wish;
    this.queued = null;
    const walk = await this.job<Walk>("walk", wish);
    if (!walk) return;
    this.walk.value = walk;
    this.frame.value = null;
    this.took.value = null;
    this.pump();
  }

  /** Let a walk go that is not of what is chosen now. */
  suit(choice: string): void {
    if (choice === this.choice) return;
    this.choice = choice;
    this.newest.set("walk", ++this.stamp);
    this.wish = null;
    this.walk.value = null;
    this.frame.value = null;
    this.queued = null;
  }

  /** Ask for the frame at `at` σ: one request at a time, and of those that wait the newest. */
  ask(at: number): void {
    this.queued = at;
    this.pump();
  }

  private pump(): void {
    const walk = this.walk.value;
    if (this.busy || this.pause !== undefined || this.queued === null || !walk) return;
    const at = this.queued;
    this.queued = null;
    this.busy = true;
    const stamp = ++this.stamp;
    const start = performance.now();
    this.post<FrameSent>("frame", { stamp, page: this.page, walk: walk.walk, at })
      .then((sent) => {
        if (sent.stamp <= this.shown || this.walk.value !== walk) return;
        this.shown = sent.stamp;
        this.frame.value = sent.frame;
        this.took.value = performance.now() - start;
        this.connected.value = true;
      })
      .catch((error: unknown) => this.lost(error, walk, at))
      .finally(() => {
        this.busy = false;
        this.pump();
      });
  }

  private lost(error: unknown, walk: Walk, at: number): void {
    if (this.walk.value !== walk) return;
    // Of several that wait the server measures the newest.
    if (error instanceof Refused && error.status === 409) return;
    const gone = error instanceof Refused && [404, 410].includes(error.status);
    if (!gone) {
      if (error instanceof Refused) this.trouble(error.message);
      else {
        this.connected.value = false;
        this.queued ??= at;
        clearTimeout(this.pause);
        this.pause = setTimeout(() => {
          this.pause = undefined;
          this.pump();
        }, AGAIN) as unknown as number;
      }
      return;
    }
    const wish = this.wish;
    this.walk.value = null;
    if (!wish) return this.trouble(error.message);
    void this.startWalk(wish).then(() => this.ask(at));
  }

  async lesion(set: SetAsked): Promise<void> {
    this.lesions.value = await this.job<LesionTable>("lesion", { set });
  }

  async push(input: InputAsked): Promise<void> {
    this.pushed.value = await this.job<Pushed>("push", { input });
  }

  async cancel(job: string): Promise<void> {
    try {
      await this.post("cancel", { job });
    } catch (error) {
      this.failed(error);
    }
  }
}
