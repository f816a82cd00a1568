import { EngineClient, EngineStoppedError, startWorker } from '../engine/client.ts';
import type { Comparison, HeadId, LoadProgress, ModelInfo, SentenceTrace } from '../engine/types.ts';
import { cosineToDegrees } from '../lib/cosine.ts';
import { latestOnly } from '../lib/latest.ts';
import { EXAMPLE_PAIRS, EXAMPLE_SENTENCES } from './examples.ts';

/** Rotation of a text's embedding when each head is silenced alone: degrees as [layer][head], for the layers measured so far. */
export interface HeadEffects {
  readonly text: string;
  readonly degrees: ReadonlyArray<readonly number[]>;
}

export type Phase = 'loading' | 'ready' | 'failed';

/** Base URL of the model's files. */
const MODEL_URL = new URL(`${import.meta.env.BASE_URL}model/`, document.baseURI).href;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The engine and its inputs and results: the sentence, the silenced heads, the compared pair. */
export class Session {
  phase = $state<Phase>('loading');
  progress = $state.raw<LoadProgress | undefined>();
  loadError = $state<string | undefined>();
  info = $state.raw<ModelInfo | undefined>();

  text = $state(EXAMPLE_SENTENCES[0] ?? '');
  trace = $state.raw<SentenceTrace | undefined>();
  traceError = $state<string | undefined>();
  silenced = $state.raw<readonly HeadId[]>([]);

  effects = $state.raw<HeadEffects | undefined>();
  measuring = $state(false);

  pair = $state.raw<readonly [string, string]>(EXAMPLE_PAIRS[0] ?? ['', '']);
  comparison = $state.raw<Comparison | undefined>();
  compareError = $state<string | undefined>();

  #engine: EngineClient | undefined;

  readonly #requestTrace = latestOnly<
    { text: string; silenced: readonly HeadId[] },
    SentenceTrace | undefined
  >({
    run: async ({ text, silenced }) => this.#engine?.trace(text, silenced),
    done: (trace) => {
      this.trace = trace;
      this.traceError = undefined;
    },
    failed: (error) => {
      if (!this.#handleEngineStop(error)) this.traceError = messageOf(error);
    },
  });

  readonly #requestComparison = latestOnly<readonly [string, string], Comparison | undefined>({
    run: async ([a, b]) => this.#engine?.compare(a, b),
    done: (comparison) => {
      this.comparison = comparison;
      this.compareError = undefined;
    },
    failed: (error) => {
      if (!this.#handleEngineStop(error)) this.compareError = messageOf(error);
    },
  });

  /** Starts the worker and loads the model; also restarts after a failure. */
  async start(): Promise<void> {
    this.stop();
    this.phase = 'loading';
    this.progress = undefined;
    this.loadError = undefined;
    try {
      const engine = new EngineClient(startWorker());
      this.#engine = engine;
      this.info = await engine.load(MODEL_URL, (progress) => {
        this.progress = progress;
      });
      this.phase = 'ready';
      this.#traceText();
      this.#requestComparison(this.pair);
    } catch (error) {
      this.loadError = messageOf(error);
      this.phase = 'failed';
    }
  }

  stop(): void {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  setText(text: string): void {
    this.text = text;
    this.#traceText();
  }

  setPair(pair: readonly [string, string]): void {
    this.pair = pair;
    if (this.phase === 'ready') this.#requestComparison(pair);
  }

  isSilenced(head: HeadId): boolean {
    return this.silenced.some((other) => isSameHead(other, head));
  }

  toggleSilenced(head: HeadId): void {
    this.silenced = this.isSilenced(head)
      ? this.silenced.filter((other) => !isSameHead(other, head))
      : [...this.silenced, head].sort((a, b) => a.layer - b.layer || a.head - b.head);
    this.#traceText();
  }

  restoreAll(): void {
    this.silenced = [];
    this.#traceText();
  }

  /** Silences each head alone and measures the effect. Stops when the text changes. */
  async measureEffects(): Promise<void> {
    const text = this.text;
    this.measuring = true;
    this.effects = { text, degrees: [] };
    try {
      for (let layer = 0; layer < (this.info?.layers ?? 0) && this.text === text; layer += 1) {
        const cosines = await this.#engine?.ablateHeads(text, layer);
        if (!cosines || this.text !== text) break;
        this.effects = { text, degrees: [...this.effects.degrees, cosines.map(cosineToDegrees)] };
      }
    } catch (error) {
      if (!this.#handleEngineStop(error)) this.traceError = messageOf(error);
    } finally {
      this.measuring = false;
    }
  }

  /** Whether the engine has stopped; if so, sets the failed phase, from which the user can restart it. */
  #handleEngineStop(error: unknown): boolean {
    if (!(error instanceof EngineStoppedError)) return false;
    this.loadError = messageOf(error);
    this.phase = 'failed';
    return true;
  }

  #traceText(): void {
    if (this.phase === 'ready') this.#requestTrace({ text: this.text, silenced: this.silenced });
  }
}
