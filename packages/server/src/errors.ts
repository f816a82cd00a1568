import { HeadwiseError } from '@headwise/core';
import type { PlainError } from './protocol.ts';

/** What an answer of OpenAI's API says about a refused request, besides its message. */
export interface RequestErrorDetails {
  /** OpenAI's code, for example `model_not_found`. */
  readonly apiCode?: string;
  /** The field of the request that is wrong. */
  readonly param?: string;
  /** Seconds after which the client may try again. */
  readonly retryAfter?: number;
  /** The methods that there are, where the request has another. */
  readonly allow?: string;
  readonly cause?: unknown;
}

/** A request that the service refuses or fails to answer, with its HTTP status. It never leaves the service but as a response. */
export class RequestError extends HeadwiseError {
  readonly status: number;
  readonly apiCode: string | undefined;
  readonly param: string | undefined;
  readonly retryAfter: number | undefined;
  readonly allow: string | undefined;

  constructor(status: number, message: string, details: RequestErrorDetails = {}) {
    super('ERR_REQUEST', message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RequestError';
    this.status = status;
    this.apiCode = details.apiCode;
    this.param = details.param;
    this.retryAfter = details.retryAfter;
    this.allow = details.allow;
  }

  /** The body of the response, in the shape of OpenAI's errors. */
  toJSON(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    return {
      error: {
        message: this.message,
        type: typeOf(this.status),
        param: this.param ?? null,
        code: this.apiCode ?? null,
      },
    };
  }
}

function typeOf(status: number): string {
  switch (status) {
    case 429:
      return 'rate_limit_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error';
  }
}

/** Codes of errors for which the request is to blame. */
const CLIENT_ERRORS = new Map([
  ['ERR_CONTEXT', 'context_length_exceeded'],
  ['ERR_CONFIG', 'invalid_value'],
  ['ERR_TEMPLATE', 'invalid_value'],
  // A broken sound: models have been read before.
  ['ERR_FORMAT', 'invalid_value'],
]);

/** The error of a thread that computed a request, as the client sees it. */
export function requestErrorOf({ code, message }: PlainError): RequestError {
  const apiCode = CLIENT_ERRORS.get(code ?? '');
  // What the threads refuse before they compute begins with the field.
  const [param] = /^(?:input|prompt|messages)(?=:)/.exec(message) ?? [];
  if (apiCode !== undefined)
    return new RequestError(400, message, { apiCode, ...(param !== undefined && { param }) });
  return new RequestError(500, `${code ?? 'internal error'}: ${message}`, {
    apiCode: code ?? 'internal_error',
  });
}

/** The error of a thread that could not load its model. */
export function loadErrorOf({ code = 'ERR_WORKER', name, message }: PlainError): HeadwiseError {
  const error = new HeadwiseError(code, message);
  error.name = name;
  return error;
}
