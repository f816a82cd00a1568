import {
  ConfigError,
  FormatError,
  HeadwiseError,
  LoadError,
  type LoadReason,
  ShapeError,
} from '@headwise/core';

/** A worker that died, or a call that ended because another worker's part of it failed. */
export class WorkerError extends HeadwiseError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_WORKER', message, options);
    this.name = 'WorkerError';
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
  /** A `LoadError`'s reason. */
  readonly reason?: string;
  readonly file?: string;
  readonly url?: string;
  readonly status?: number;
}

export function plainError(thrown: unknown): PlainError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { name, message, stack } = thrown;
  const plain: PlainError = { name, message, ...(stack !== undefined && { stack }) };
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
  return { ...plain, code };
}

/** The error again, of the class that it had. Its stack is the worker's. */
export function reviveError(plain: PlainError): Error {
  const error = instantiate(plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function instantiate({ name, message, code, rule, reason, file, url, status }: PlainError): Error {
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
      return new WorkerError(message);
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
