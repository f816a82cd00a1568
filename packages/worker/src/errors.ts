import {
  ConfigError,
  ContextLengthError,
  FormatError,
  HeadwiseError,
  LoadError,
  type LoadReason,
  ShapeError,
  TemplateError,
} from '@headwise/core';

/** Why a {@link WorkerError} was thrown. */
export type WorkerFault =
  /** The worker exited, had an uncaught exception, or could not be started. */
  | 'died'
  /** The worker ran out of memory. */
  | 'memory'
  /** The worker sent a message that violates the protocol. */
  | 'invalid-message'
  /** The worker did not stop a cancelled call in time. */
  | 'stuck'
  /** The keys and values of a session were lost with a worker and cannot be recomputed, because hooks changed them. */
  | 'lost'
  /** The call was cancelled, for example because another worker failed. */
  | 'ended';

/** A worker failed. All calls that it was running reject with this error; the worker is replaced before the next call. */
export class WorkerError extends HeadwiseError {
  readonly reason: WorkerFault;
  /** Index of the failed worker. */
  readonly worker: number | undefined;

  constructor(reason: WorkerFault, message: string, options: ErrorOptions & { worker?: number } = {}) {
    super('ERR_WORKER', message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WorkerError';
    this.reason = reason;
    this.worker = options.worker;
  }
}

/** An error as plain data, which can be posted between threads. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** Of a `FormatError`. */
  readonly rule?: string;
  /** Of a `LoadError` or a `WorkerError`. */
  readonly reason?: string;
  readonly file?: string;
  readonly url?: string;
  readonly status?: number;
  /** Of a `WorkerError`: the index of the worker. */
  readonly worker?: number;
  /** Of a `ContextLengthError`. */
  readonly tokens?: number;
  readonly contextLength?: number;
}

export function serializeError(thrown: unknown): SerializedError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { name, message, stack } = thrown;
  const plain: SerializedError = { name, message, ...(stack !== undefined && { stack }) };
  // WebAssembly memory cannot shrink, so that the worker has to be replaced: the error arrives as a `WorkerError`, with this one as its cause.
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
  if (thrown instanceof ContextLengthError) {
    const { tokens, contextLength } = thrown;
    return { ...plain, code, tokens, contextLength };
  }
  return { ...plain, code };
}

/** Restores an error with its class and with the stack of the thread that threw it. */
export function deserializeError(plain: SerializedError): Error {
  const error = instantiate(plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function instantiate(plain: SerializedError): Error {
  const { name, message, code, rule, reason, file, url, status, worker } = plain;
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
      return new WorkerError(reason as WorkerFault, message, {
        ...(worker !== undefined && { worker }),
        ...(name === 'OutOfMemoryError' && { cause: named(name, 'ERR_OUT_OF_MEMORY', message) }),
      });
    case 'ERR_CONTEXT':
      return new ContextLengthError(message, plain.tokens ?? 0, plain.contextLength ?? 0);
    case 'ERR_TEMPLATE':
      return new TemplateError(message);
    case 'ERR_LOAD':
      return new LoadError(reason as LoadReason, message, {
        ...(file !== undefined && { file }),
        ...(url !== undefined && { url }),
        ...(status !== undefined && { status }),
      });
    default:
      return named(name, code, message);
  }
}

/** A `HeadwiseError` with the name of a class that has nothing else, or that this thread may not have loaded. */
function named(name: string, code: string, message: string): HeadwiseError {
  const error = new HeadwiseError(code, message);
  error.name = name;
  return error;
}
