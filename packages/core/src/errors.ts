import { HeadwiseError, OutOfMemoryError, UnsupportedBuildError } from '@headwise/kernel';

/**
 * Every error that Headwise throws on purpose. They share the base class `HeadwiseError`, which the kernel's package declares, so that an app can
 * tell "Headwise refused this" from a bug, and each has a `code` that survives being sent between threads as plain data. docs/errors.md lists the codes.
 *
 * An aborted call is not among them: it rejects with its signal's own reason (a `DOMException` named `AbortError`
 * unless the caller chose another), as every platform API does.
 */

export { HeadwiseError, OutOfMemoryError, UnsupportedBuildError };

/** A tensor, slice or buffer whose shape or size does not fit the operation it was given to. */
export class ShapeError extends HeadwiseError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHAPE', message, options);
    this.name = 'ShapeError';
  }
}

/** An option, a configuration value or a model source that cannot be used. */
export class ConfigError extends HeadwiseError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CONFIG', message, options);
    this.name = 'ConfigError';
  }
}

/** A file that breaks a rule of its format. Such a file is refused whole. */
export class FormatError<Rule extends string = string> extends HeadwiseError {
  /** The rule that is broken, for example `offsets-overlap`. */
  readonly rule: Rule;

  constructor(rule: Rule, message: string, options?: ErrorOptions) {
    super('ERR_FORMAT', message, options);
    this.name = 'FormatError';
    this.rule = rule;
  }
}

/** Why something could not be loaded. */
export type LoadReason =
  /** The file does not exist (HTTP 404 or 410, or no such file). */
  | 'not-found'
  /** The server wants to know who asks (HTTP 401 or 403). */
  | 'unauthorized'
  /** The server could not be reached, or the connection broke more often than it was worth trying again. */
  | 'network'
  /** The server was silent for longer than the option `timeout` allows. */
  | 'timeout'
  /** The server answered with another status that is not a success. */
  | 'http'
  /** Fewer or more bytes came than were announced. */
  | 'incomplete'
  /** A file changed while it was being read. */
  | 'changed'
  /** The bytes of a cached file are not those that were stored. */
  | 'damaged'
  /** The disk is full, or the quota of the browser is exceeded. */
  | 'no-space'
  /** A local file could not be read. */
  | 'unreadable'
  /** The checkpoint has no tensor of that name. */
  | 'unknown-tensor'
  /** The tensor has a dtype that cannot be converted to what was asked for, or a value out of its range. */
  | 'unsupported-dtype';

/** Where a {@link LoadError} happened. */
export interface LoadErrorDetails {
  /** Name of the file within its repository. */
  file?: string | undefined;
  /** URL of the request. */
  url?: string | undefined;
  /** HTTP status of the response. */
  status?: number | undefined;
  /** Seconds after which the server may be asked again, by its own word (`Retry-After`). */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** A file or a tensor that could not be loaded. */
export class LoadError extends HeadwiseError {
  readonly reason: LoadReason;
  readonly file: string | undefined;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;

  constructor(reason: LoadReason, message: string, details: LoadErrorDetails = {}) {
    super('ERR_LOAD', message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LoadError';
    this.reason = reason;
    this.file = details.file;
    this.url = details.url;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
  }
}

/** A text that has more tokens than the model can read. */
export class ContextLengthError extends HeadwiseError {
  /** Tokens of the text. */
  readonly tokens: number;
  /** Tokens that the model can read. */
  readonly contextLength: number;

  constructor(message: string, tokens: number, contextLength: number, options?: ErrorOptions) {
    super('ERR_CONTEXT', message, options);
    this.name = 'ContextLengthError';
    this.tokens = tokens;
    this.contextLength = contextLength;
  }
}

/** A chat template that cannot be read, or that refuses the messages it is given. */
export class TemplateError extends HeadwiseError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_TEMPLATE', message, options);
    this.name = 'TemplateError';
  }
}

/** A call to a model whose limit of waiting calls (`maxQueue`) is reached. */
export class QueueFullError extends HeadwiseError {
  constructor(limit: number) {
    super('ERR_QUEUE_FULL', `model: the queue is full: ${limit} calls are waiting (maxQueue)`);
    this.name = 'QueueFullError';
  }
}

/** A model that needs more memory than there is, refused before its weights are read. */
export class MemoryLimitError extends HeadwiseError {
  /** Bytes that it needs, by the type of its weights (`dtype`). */
  readonly needed: Readonly<Record<string, number>>;
  /** Bytes that there are. */
  readonly limit: number;
  /** The types with which it fits, the largest first. */
  readonly fits: readonly string[];

  constructor(
    message: string,
    needed: Readonly<Record<string, number>>,
    limit: number,
    fits: readonly string[],
  ) {
    super('ERR_MEMORY_LIMIT', message);
    this.name = 'MemoryLimitError';
    this.needed = needed;
    this.limit = limit;
    this.fits = fits;
  }
}
