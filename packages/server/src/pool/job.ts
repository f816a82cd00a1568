import { deferred } from '@headwise/core/internal';
import { RequestError } from '../errors.ts';
import type { Piece, Work, WorkResult } from '../protocol.ts';

/** How a request is computed. */
export interface JobCall {
  /** Its client has gone. */
  readonly signal?: AbortSignal;
  /** Receives the pieces of a streamed text, each once. */
  readonly onPiece?: (piece: Piece) => void;
}

/** A request that was accepted, until it is answered. */
export class Job {
  readonly work: Work;
  readonly result: Promise<WorkResult>;
  readonly acceptedAt = performance.now();
  /** Threads that have died while they computed it. */
  deaths = 0;
  #isSettled = false;
  readonly #onPiece: ((piece: Piece) => void) | undefined;
  readonly #settle: { resolve(result: WorkResult): void; reject(error: unknown): void };
  /** Pieces that the client has, and how many of them the present thread has sent again. */
  readonly #sent: Piece[] = [];
  #repeated = 0;

  /** `onAbort` is called if the client goes before the answer. */
  constructor(work: Work, { signal, onPiece }: JobCall, onAbort: (job: Job) => void) {
    this.work = work;
    this.#onPiece = onPiece;
    const { promise, resolve, reject } = deferred<WorkResult>();
    const abort = () => {
      this.reject(clientGone());
      onAbort(this);
    };
    const end = () => {
      this.#isSettled = true;
      signal?.removeEventListener('abort', abort);
    };
    this.result = promise;
    this.#settle = {
      resolve: (result) => {
        end();
        resolve(result);
      },
      reject: (error) => {
        end();
        reject(error);
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
  }

  /** Whether it was answered, or its client has gone. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(result: WorkResult): void {
    if (!this.#isSettled) this.#settle.resolve(result);
  }

  reject(error: unknown): void {
    if (!this.#isSettled) this.#settle.reject(error);
  }

  /** Makes it ready for another thread, which computes it from its beginning. */
  restart(): void {
    this.deaths++;
    this.#repeated = 0;
  }

  /**
   * Passes a piece on, unless the client has it from a thread that has died: the seed makes the next thread generate the same. False if it is another, so
   * that the text cannot be continued.
   */
  receive(piece: Piece): boolean {
    if (this.#isSettled) return true;
    const earlier = this.#sent[this.#repeated++];
    if (!earlier) {
      this.#sent.push(piece);
      this.#onPiece?.(piece);
      return true;
    }
    if (earlier.text === piece.text && earlier.index === piece.index) return true;
    this.reject(
      new RequestError(
        500,
        'the thread that generated this text died, and another continues it differently',
        {
          apiCode: 'ERR_WORKER',
        },
      ),
    );
    return false;
  }
}

/** The error of a request whose client has gone. Nobody reads it; the status is nginx' for the log. */
export function clientGone(): RequestError {
  return new RequestError(499, 'the client has gone');
}
