import { platform } from '#platform';
import { FormatError, HeadwiseError, LoadError, type LoadErrorDetails } from '../../errors.ts';
import type { FileVersion } from '../../platform/cache.ts';
import type { OutgoingRequest } from '../../platform/types.ts';
import { cacheKey } from './cache-key.ts';
import { withDeadline } from './deadline.ts';

/** One file on a server. */
export interface RemoteFile {
  /** Name within the repository. */
  readonly name: string;
  readonly url: URL;
}

/** The URL of a file in error messages, which may be logged: without signatures and tokens. */
export const addressOf = (file: RemoteFile): string => cacheKey(file.url);

export interface RequestOptions {
  readonly fetch: OutgoingRequest['fetch'];
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte of the server after which a request fails. */
  readonly timeout: number;
}

/** The start of a request: its own headers beside those of the caller, and how long to wait for the answer. */
export interface RequestStart {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD';
  /** Default: the options' timeout. */
  readonly timeout?: number;
}

/**
 * Sends one request and returns the response if its status is a success or `304 Not Modified`.
 *
 * Rejects with `LoadError` for other statuses, network errors and a server that does not answer in time, and with the signal's reason if
 * aborted. An HTML page instead of the file counts as `not-found`.
 */
export async function request(
  file: RemoteFile,
  options: RequestOptions,
  { headers = {}, method = 'GET', timeout = options.timeout }: RequestStart = {},
): Promise<Response> {
  // Destructured, because a browser's fetch throws when called as a method of another object.
  const { fetch, signal, headers: callerHeaders } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const init: RequestInit = { method, signal: controller.signal };
  let response: Response;
  try {
    const sent = platform.send({ fetch, url: file.url, init, headers, callerHeaders });
    response = await withDeadline(sent, timeout, signal, () => timeoutError(file, timeout));
  } catch (error) {
    controller.abort(error);
    signal?.throwIfAborted();
    if (error instanceof HeadwiseError) throw error;
    // Node says why in the cause, browsers hardly.
    const { cause = error } = error as { readonly cause?: Partial<Error> };
    throw networkError(file, `could not be reached: ${(cause as Partial<Error>).message}`, error);
  }
  const isExpected = isAnswerTo(headers, response);
  if (isExpected && !isHtmlFallback(file, response)) return response;
  await discardBody(response);
  throw isExpected ? htmlFallbackError(file, response.status) : statusError(file, response);
}

/** Whether a response has a success for its status. A part of a file, or none, is one if it was asked for. */
function isAnswerTo(headers: Readonly<Record<string, string>>, { ok, status }: Response): boolean {
  if (status === 206) return 'range' in headers;
  return ok || (status === 304 && Object.keys(headers).length > 0);
}

/**
 * Whether the server sent an HTML page instead of the requested file. Development servers and hosts of single-page apps
 * respond to unknown URLs with the app's index.html and status 200.
 */
function isHtmlFallback(file: RemoteFile, response: Response): boolean {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type === 'text/html' && !HTML_FILE.test(file.name);
}

const HTML_FILE = /\.html?$/i;

/** Throws `FormatError` if a file that is no page begins as an HTML page. `location` is where it came from. */
export function checkNotHtml(name: string, location: string, start: string): void {
  if (HTML_FILE.test(name) || !/^\s*<(?:[!?]|(?:html|head|meta|script|body)[\s>])/i.test(start)) return;
  throw new FormatError(
    'html-page',
    `${name} in ${location} is an HTML page instead of the file; on the hub, files are at …/resolve/<revision>/<file> (html-page)`,
  );
}

/** Whether the server sent a page instead of the file: the app of the server, or the login of a network that lets no request through. */
export function isPageInstead(error: unknown): boolean {
  if (error instanceof FormatError) return error.rule === 'html-page';
  return error instanceof LoadError && error.reason === 'not-found' && error.status === 200;
}

/** Whether the server cannot be reached. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof LoadError && (error.reason === 'network' || error.reason === 'timeout');
}

/** Cancels the body of a response, which releases its connection. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

/** The connection was lost before the end of a body. */
export class ConnectionLost extends Error {}

/**
 * The bytes of a response's body. Throws `ConnectionLost`, and the error of `onTimeout` if the server is silent. Not all browsers support async iteration
 * of streams.
 */
export async function* bodyChunks(
  { body }: Response,
  { timeout, signal }: RequestOptions,
  onTimeout: () => LoadError,
): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const reading = reader.read().catch((cause: unknown) => {
        throw new ConnectionLost('The connection was lost', { cause });
      });
      const { done, value } = await withDeadline(reading, timeout, signal, onTimeout);
      if (done) return;
      yield value;
    }
  } finally {
    // Releases the connection if the consumer stopped early; no effect after the end.
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether a retry may succeed: network errors, silence, incomplete bodies, and HTTP 408, 429 and 5xx. */
export function isRetryable(error: unknown): error is LoadError {
  if (!(error instanceof LoadError)) return false;
  if (isUnreachable(error) || error.reason === 'incomplete') return true;
  return (
    error.reason === 'http' && (error.status === 408 || error.status === 429 || (error.status ?? 0) >= 500)
  );
}

/** The validators in the headers of a response. */
export function versionOf(response: Response): FileVersion {
  return {
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
  };
}

/**
 * Size of the body in bytes, if the response has a Content-Length. Undefined for a compressed body, for which
 * Content-Length is the compressed size.
 */
export function contentLength(response: Response): number | undefined {
  if (isCompressed(response)) return undefined;
  const length = response.headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Whether the body is compressed in transfer. */
export function isCompressed(response: Response): boolean {
  const encoding = response.headers.get('content-encoding');
  return encoding !== null && encoding !== '' && encoding.toLowerCase() !== 'identity';
}

/** The error of a server that was silent for `timeout` milliseconds, after `received` where it had sent something. */
export function timeoutError(file: RemoteFile, timeout: number, received = ''): LoadError {
  const message = `${file.name}: ${addressOf(file)} sent nothing for ${timeout} ms${received} (option timeout)`;
  return new LoadError('timeout', message, errorDetails(file));
}

export function networkError(file: RemoteFile, what: string, cause?: unknown): LoadError {
  return new LoadError('network', `${file.name}: ${addressOf(file)} ${what}`, errorDetails(file, { cause }));
}

export function errorDetails(file: RemoteFile, more: LoadErrorDetails = {}): LoadErrorDetails {
  return { file: file.name, url: addressOf(file), ...more };
}

function htmlFallbackError(file: RemoteFile, status: number): LoadError {
  const message = `${file.name}: not found at ${addressOf(file)}: the server sent an HTML page instead (HTTP ${status})`;
  return new LoadError('not-found', message, errorDetails(file, { status }));
}

/** What the hub says in the header `x-error-code`, in words. */
const HUB_ERRORS: Readonly<Record<string, string>> = {
  RepoNotFound: 'there is no such repository, or it is private',
  RevisionNotFound: 'the repository has no such revision',
  GatedRepo: 'access to the repository must be requested on its page',
};

function statusError(file: RemoteFile, { status, headers }: Response): LoadError {
  const code = headers.get('x-error-code') ?? '';
  const reason = Object.hasOwn(HUB_ERRORS, code) ? `: ${HUB_ERRORS[code]}` : '';
  const href = addressOf(file);
  const details = errorDetails(file, { status, retryAfter: secondsUntil(headers.get('retry-after')) });
  if (status === 404 || status === 410) {
    return new LoadError(
      'not-found',
      `${file.name}: not found at ${href} (HTTP ${status})${reason}`,
      details,
    );
  }
  if (status === 401 || status === 403) {
    const problem = status === 401 ? 'authentication required' : 'access denied';
    const hint = "to send an access token, pass headers: { Authorization: 'Bearer …' }";
    return new LoadError(
      'unauthorized',
      `${file.name}: ${problem} for ${href} (HTTP ${status})${reason}; ${hint}`,
      details,
    );
  }
  return new LoadError('http', `${file.name}: ${href} returned HTTP ${status}`, details);
}

/** `Retry-After` in seconds: it is a number of them or a date. Undefined if it is neither. */
function secondsUntil(value: string | null): number | undefined {
  const seconds = Number(value) || (Date.parse(`${value}`) - Date.now()) / 1000;
  return seconds > 0 ? seconds : undefined;
}
