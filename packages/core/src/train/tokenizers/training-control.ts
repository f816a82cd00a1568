import { yieldToEventLoop } from '../../platform/yield.ts';

/** A report of progress. */
export interface TrainingProgress {
  /** `words`: texts counted. `merges`: tokens of the vocabulary (BPE, WordPiece). `pieces`: iterations of EM (Unigram). */
  readonly stage: 'words' | 'merges' | 'pieces';
  readonly done: number;
  /** Absent while texts are counted, and for `pieces`, whose number of iterations depends on the corpus. */
  readonly total?: number;
}

export interface TrainingControlOptions {
  /** Called between steps, at most every 16 ms, and at the end of each stage. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Aborts the training, which rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Longest time for which the event loop is blocked between two steps, in ms. */
const MAX_BLOCKING_MS = 16;

/** Yields to the event loop at intervals, checks the abort signal and reports progress. */
export class TrainingControl {
  readonly #onProgress: ((progress: TrainingProgress) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  #lastYield = performance.now();

  constructor({ onProgress, signal }: TrainingControlOptions) {
    this.#onProgress = onProgress;
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  /** Whether `pause` is due. */
  get due(): boolean {
    return performance.now() - this.#lastYield >= MAX_BLOCKING_MS;
  }

  /** Reports progress, if given, and yields once. Throws the signal's reason if it is aborted. */
  async pause(progress?: TrainingProgress): Promise<void> {
    if (progress) this.#onProgress?.(progress);
    await yieldToEventLoop();
    this.#lastYield = performance.now();
    this.#signal?.throwIfAborted();
  }
}
