/** Base class of all errors that Headwise throws on purpose; `@headwise/core` exports the same class. */
export class HeadwiseError extends Error {
  /** Stable, machine-readable kind of the error, such as `ERR_SHAPE`. The codes are listed in docs/errors.md. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HeadwiseError';
    this.code = code;
  }
}
