import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadOptions } from '@headwise/core/internal';
import type { FromThread, LoadedModel, Outcome, Piece, PlainError, ThreadStart, Work } from '../protocol.ts';

/** What a thread reports. After `onExit` nothing comes. */
export interface ThreadEvents {
  onReady(model: LoadedModel): void;
  onPiece(piece: Piece): void;
  /** The task has ended: an outcome for each of its requests. */
  onDone(outcomes: readonly Outcome[]): void;
  /** The thread has ended: it could not load the model (with the error), died, or was terminated. */
  onExit(error: PlainError): void;
}

/** A thread with a model of its own, which computes one task at a time. */
export class ModelThread {
  readonly #worker: Worker;
  #task = 0;
  #error: PlainError | undefined;

  /** `script` is what the thread runs: another engine, in comparisons. */
  constructor(name: string, start: ThreadStart, events: ThreadEvents, script = SCRIPT) {
    this.#worker = new Worker(script, { name, workerData: start, ...threadOptions() });
    this.#worker.on('message', (message: FromThread) => {
      if ('ready' in message) events.onReady(message.ready);
      else if ('failed' in message) this.#error = message.failed;
      else if (message.task !== this.#task) return;
      else if ('piece' in message) events.onPiece(message.piece);
      else events.onDone(message.outcomes);
    });
    this.#worker.on('error', (error) => {
      this.#error ??= {
        name: 'WorkerError',
        code: 'ERR_WORKER',
        message: `a thread died: ${messageOf(error)}`,
      };
    });
    this.#worker.on('messageerror', () => void this.#worker.terminate());
    this.#worker.on('exit', (code) => {
      events.onExit(
        this.#error ?? {
          name: 'WorkerError',
          code: 'ERR_WORKER',
          message: `a thread exited with code ${code}`,
        },
      );
    });
  }

  /** Starts a task. The former one must have ended. */
  run(works: readonly Work[]): void {
    this.#worker.postMessage({ task: ++this.#task, works });
  }

  /** Ends the running task: its outcomes come soon, as errors. */
  cancel(): void {
    this.#worker.postMessage({ cancel: this.#task });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The sources run as they are in tests, and compiled elsewhere. */
const SCRIPT = new URL(`../thread/main${extname(import.meta.url)}`, import.meta.url);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
