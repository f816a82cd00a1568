import { EngineClient, EngineStopped, startWorker } from '../engine/client.ts';
import type { Comparison, HeadId, LoadProgress, ModelInfo, Reading } from '../engine/types.ts';
import { angleOf } from '../lib/angle.ts';
import { latestOnly } from '../lib/latest.ts';
import { EXAMPLES, PAIRS } from './examples.ts';

/** What silencing each head by itself does to one text's embedding: degrees, layer by layer as they are measured. */
export interface Effects {
  readonly text: string;
  readonly degrees: ReadonlyArray<readonly number[]>;
}

export type Phase = 'loading' | 'ready' | 'failed';

/** Where the model's files lie: beside the page. */
const MODEL_URL = new URL(`${import.meta.env.BASE_URL}model/`, document.baseURI).href;

const inWords = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const same = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The engine and what it was asked: the sentence being read, the heads that are silenced, the pair compared. */
export class Session {
  phase = $state<Phase>('loading');
  progress = $state.raw<LoadProgress | undefined>();
  loadError = $state<string | undefined>();
  info = $state.raw<ModelInfo | undefined>();

  text = $state(EXAMPLES[0] ?? '');
  reading = $state.raw<Reading | undefined>();
  readError = $state<string | undefined>();
  silenced = $state.raw<readonly HeadId[]>([]);

  effects = $state.raw<Effects | undefined>();
  measuring = $state(false);

  pair = $state.raw<readonly [string, string]>(PAIRS[0] ?? ['', '']);
  comparison = $state.raw<Comparison | undefined>();
  compareError = $state<string | undefined>();

  #engine: EngineClient | undefined;

  readonly #read = latestOnly<{ text: string; silenced: readonly HeadId[] }, Reading | undefined>({
    run: async ({ text, silenced }) => this.#engine?.read(text, silenced),
    done: (reading) => {
      this.reading = reading;
      this.readError = undefined;
    },
    failed: (error) => {
      if (!this.#hasStopped(error)) this.readError = inWords(error);
    },
  });

  readonly #compare = latestOnly<readonly [string, string], Comparison | undefined>({
    run: async ([a, b]) => this.#engine?.compare(a, b),
    done: (comparison) => {
      this.comparison = comparison;
      this.compareError = undefined;
    },
    failed: (error) => {
      if (!this.#hasStopped(error)) this.compareError = inWords(error);
    },
  });

  /** Starts the worker and loads the model; again after a failure. */
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
      this.#readNow();
      this.#compare(this.pair);
    } catch (error) {
      this.loadError = inWords(error);
      this.phase = 'failed';
    }
  }

  stop(): void {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  setText(text: string): void {
    this.text = text;
    this.#readNow();
  }

  setPair(pair: readonly [string, string]): void {
    this.pair = pair;
    if (this.phase === 'ready') this.#compare(pair);
  }

  isSilenced(head: HeadId): boolean {
    return this.silenced.some((other) => same(other, head));
  }

  toggleSilenced(head: HeadId): void {
    this.silenced = this.isSilenced(head)
      ? this.silenced.filter((other) => !same(other, head))
      : [...this.silenced, head].sort((a, b) => a.layer - b.layer || a.head - b.head);
    this.#readNow();
  }

  restoreAll(): void {
    this.silenced = [];
    this.#readNow();
  }

  /** Silences every head in turn. Stops early when the text has changed, as nobody would see the rest. */
  async measureEffects(): Promise<void> {
    const text = this.text;
    this.measuring = true;
    this.effects = { text, degrees: [] };
    try {
      for (let layer = 0; layer < (this.info?.layers ?? 0) && this.text === text; layer += 1) {
        const cosines = await this.#engine?.silenceEach(text, layer);
        if (!cosines || this.text !== text) break;
        this.effects = { text, degrees: [...this.effects.degrees, cosines.map(angleOf)] };
      }
    } catch (error) {
      if (!this.#hasStopped(error)) this.readError = inWords(error);
    } finally {
      this.measuring = false;
    }
  }

  /** A worker that died takes every later call with it: then there is nothing to do but start another. */
  #hasStopped(error: unknown): boolean {
    if (!(error instanceof EngineStopped)) return false;
    this.loadError = inWords(error);
    this.phase = 'failed';
    return true;
  }

  #readNow(): void {
    if (this.phase === 'ready') this.#read({ text: this.text, silenced: this.silenced });
  }
}
