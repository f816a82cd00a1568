import {
  ConfigError,
  FormatError,
  HeadwiseError,
  LoadError,
  type LoadReason,
  ShapeError,
} from '@headwise/core';

/** What went wrong with a worker. */
export type WorkerFault =
  /** It ended on its own, or threw where nobody could answer; or it could not be started. */
  | 'died'
  /** It ran out of memory. */
  | 'memory'
  /** It sent what no worker of this package sends. */
  | 'rubbish'
  /** It did not end a call long after it was told to. */
  | 'stuck'
  /** What a session held went with it, and cannot be computed again because hooks had a part in it. */
  | 'lost'
  /** Its part of a call was ended because another worker's part failed. */
  | 'ended';

/**
 * A worker that failed. All calls that were running reject with this; the worker is replaced, and the next call runs on the new
 * one.
 */
export class WorkerError extends HeadwiseError {
  readonly reason: WorkerFault;
  /** Index of the worker that failed. */
  readonly worker: number | undefined;

  constructor(reason: WorkerFault, message: string, options: ErrorOptions & { worker?: number } = {}) {
    super('ERR_WORKER', message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WorkerError';
    this.reason = reason;
    this.worker = options.worker;
  }
}

/** More calls wait than the model's `maxQueue` allows: wait for some of them before making more. */
export class QueueFullError extends HeadwiseError {
  constructor(limit: number) {
    super('ERR_QUEUE_FULL', `model: ${limit} calls are waiting already (maxQueue)`);
    this.name = 'QueueFullError';
  }
}

/** An error as plain data. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** A `FormatError`'s rule. */
  readonly rule?: string;
  /** A `LoadError`'s or a `WorkerError`'s reason. */
  readonly reason?: string;
  readonly file?: string;
  readonly url?: string;
  readonly status?: number;
  /** The worker that a `WorkerError` is about. */
  readonly worker?: number;
}

export function plainError(thrown: unknown): PlainError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { name, message, stack } = thrown;
  const plain: PlainError = { name, message, ...(stack !== undefined && { stack }) };
  // The kernel's error is none of core's classes; here it means that the whole worker is of no more use.
  if (name === 'OutOfMemoryError') return { ...plain, code: 'ERR_WORKER', reason: 'memory' };
  if (!(thrown instanceof HeadwiseError)) return plain;
  const { code } = thrown;
  if (thrown instanceof FormatError) return { ...plain, code, rule: thrown.rule };
  if (thrown instanceof LoadError) {
    const { reason, file, url, status } = thrown;
    return {
      ...plain,
      code,
      reason,
      ...(file !== undefined && { file }),
      ...(url !== undefined && { url }),
      ...(status !== undefined && { status }),
    };
  }
  if (thrown instanceof WorkerError) {
    const { reason, worker } = thrown;
    return { ...plain, code, reason, ...(worker !== undefined && { worker }) };
  }
  return { ...plain, code };
}

/** The error again, of the class that it had. Its stack is the worker's. */
export function reviveError(plain: PlainError): Error {
  const error = instantiate(plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function instantiate({ name, message, code, rule, reason, file, url, status, worker }: PlainError): Error {
  switch (code) {
    case undefined: {
      const error = new Error(message);
      error.name = name;
      return error;
    }
    case 'ERR_SHAPE':
      return new ShapeError(message);
    case 'ERR_CONFIG':
      return new ConfigError(message);
    case 'ERR_FORMAT':
      return new FormatError(rule ?? '', message);
    case 'ERR_WORKER':
      return new WorkerError(reason as WorkerFault, message, worker === undefined ? {} : { worker });
    case 'ERR_LOAD':
      return new LoadError(reason as LoadReason, message, {
        ...(file !== undefined && { file }),
        ...(url !== undefined && { url }),
        ...(status !== undefined && { status }),
      });
    default:
      return new HeadwiseError(code, message);
  }
}
