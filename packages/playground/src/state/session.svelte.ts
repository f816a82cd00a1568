import { EngineClient, EngineStoppedError, startWorker } from '../engine/client.ts';
import type { Comparison, HeadId, LoadProgress, ModelInfo, SentenceTrace } from '../engine/types.ts';
import { cosineToDegrees } from '../lib/cosine.ts';
import { type Failure, failureOf } from '../lib/failure.ts';
import { latestOnly } from '../lib/latest.ts';
import { EXAMPLE_PAIRS, EXAMPLE_SENTENCES } from './examples.ts';

/** Rotation of a text's embedding when each head is silenced alone: degrees as [layer][head], for the layers measured so far. */
export interface HeadEffects {
  readonly text: string;
  /** Whether all layers are measured. A change of the text interrupts a measurement. */
  readonly complete: boolean;
  readonly degrees: ReadonlyArray<readonly number[]>;
}

export type Phase = 'loading' | 'ready' | 'failed';

/** Base URL of the model's files. */
const MODEL_URL = new URL(`${import.meta.env.BASE_URL}model/`, document.baseURI).href;

const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The engine and its inputs and results: the sentence, the silenced heads, the compared pair. */
export class Session {
  phase = $state<Phase>('loading');
  progress = $state.raw<LoadProgress | undefined>();
  loadError = $state.raw<Failure | undefined>();
  info = $state.raw<ModelInfo | undefined>();

  text = $state(EXAMPLE_SENTENCES[0] ?? '');
  trace = $state.raw<SentenceTrace | undefined>();
  traceError = $state.raw<Failure | undefined>();
  silenced = $state.raw<readonly HeadId[]>([]);

  effects = $state.raw<HeadEffects | undefined>();
  measuring = $state(false);

  pair = $state.raw<readonly [string, string]>(EXAMPLE_PAIRS[0] ?? ['', '']);
  comparison = $state.raw<Comparison | undefined>();
  compareError = $state.raw<Failure | undefined>();

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
      if (!this.#handleEngineStop(error)) this.traceError = failureOf(error);
    },
  });

  readonly #requestComparison = latestOnly<readonly [string, string], Comparison | undefined>({
    run: async ([a, b]) => this.#engine?.compare(a, b),
    done: (comparison) => {
      this.comparison = comparison;
      this.compareError = undefined;
    },
    failed: (error) => {
      if (!this.#handleEngineStop(error)) this.compareError = failureOf(error);
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
      this.loadError = failureOf(error);
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

  /** Silences each head alone and measures the effect. Stops when the text changes; continues where it stopped if the text is as before. */
  async measureEffects(): Promise<void> {
    const text = this.text;
    const layers = this.info?.layers ?? 0;
    this.measuring = true;
    let degrees = this.effects?.text === text ? this.effects.degrees : [];
    try {
      while (degrees.length < layers && this.text === text) {
        const cosines = await this.#engine?.ablateHeads(text, degrees.length);
        if (!cosines) break;
        degrees = [...degrees, cosines.map(cosineToDegrees)];
        this.effects = { text, degrees, complete: degrees.length === layers };
      }
    } catch (error) {
      if (!this.#handleEngineStop(error)) this.traceError = failureOf(error);
    } finally {
      this.measuring = false;
    }
  }

  /** Whether the engine has stopped; if so, sets the failed phase, from which the user can restart it. */
  #handleEngineStop(error: unknown): boolean {
    if (!(error instanceof EngineStoppedError)) return false;
    this.loadError = failureOf(error);
    this.phase = 'failed';
    return true;
  }

  #traceText(): void {
    if (this.phase === 'ready') this.#requestTrace({ text: this.text, silenced: this.silenced });
  }
}
