import { LoadError, type LoadErrorDetails } from '../../errors.ts';
import type { FileVersion } from '../../platform/cache.ts';

/** One file on a server. */
export interface RemoteFile {
  /** Its name within the repository. */
  readonly name: string;
  readonly url: URL;
}

/** How to ask for it. */
export interface RequestOptions {
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends one request and gives the answer if it is a success or `304 Not Modified`.
 *
 * Throws `LoadError` for other answers and if none comes, and the signal's reason if it is aborted. A web page in place of
 * the file counts as no such file.
 */
export async function request(
  file: RemoteFile,
  options: RequestOptions,
  headers: Readonly<Record<string, string>> = {},
  method: 'GET' | 'HEAD' = 'GET',
): Promise<Response> {
  // Called without its owner: a browser's fetch refuses to be a method of another object.
  const { fetch, signal } = options;
  const init: RequestInit = { method, headers: { ...options.headers, ...headers }, redirect: 'follow' };
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(file.url, init);
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(file, 'could not be reached', error);
  }
  if (response.status === 304) return response;
  if (response.ok && !isHtmlFallback(file, response)) return response;
  await discardBody(response);
  throw response.ok ? htmlFallbackError(file, response.status) : statusError(file, response.status);
}

/**
 * Whether the server sent an HTML page where a file of another kind was asked for. Development servers and static hosts
 * of single-page apps answer every address they don't know with the app's index.html, and call that a success.
 */
function isHtmlFallback(file: RemoteFile, response: Response): boolean {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type === 'text/html' && !/\.html?$/i.test(file.name);
}

/** Lets go of an answer whose body is not wanted, so that its connection is not held. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

/** Whether an error may be gone if the same is asked again. */
export function isRetryable(error: unknown): error is LoadError {
  if (!(error instanceof LoadError)) return false;
  if (error.reason === 'network' || error.reason === 'incomplete') return true;
  return (
    error.reason === 'http' && (error.status === 408 || error.status === 429 || (error.status ?? 0) >= 500)
  );
}

/** The version of a file that an answer carries. */
export function versionOf(response: Response): FileVersion {
  return {
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
  };
}

/**
 * Size of the body, if the answer says so and means it: of a compressed transfer the announced size is that of the
 * compressed bytes, which nobody gets to see.
 */
export function contentLength(response: Response): number | undefined {
  if (isCompressed(response)) return undefined;
  const length = response.headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Whether the body was compressed on its way. */
export function isCompressed(response: Response): boolean {
  const encoding = response.headers.get('content-encoding');
  return encoding !== null && encoding !== '' && encoding.toLowerCase() !== 'identity';
}

export function networkError(file: RemoteFile, what: string, cause?: unknown): LoadError {
  return new LoadError('network', `${file.name}: ${file.url.href} ${what}`, errorDetails(file, { cause }));
}

export function errorDetails(file: RemoteFile, more: LoadErrorDetails = {}): LoadErrorDetails {
  return { file: file.name, url: file.url.href, ...more };
}

function htmlFallbackError(file: RemoteFile, status: number): LoadError {
  const message = `${file.name}: there is no such file at ${file.url.href}: the server sent an HTML page instead (HTTP ${status})`;
  return new LoadError('not-found', message, errorDetails(file, { status }));
}

function statusError(file: RemoteFile, status: number): LoadError {
  const { href } = file.url;
  const details = errorDetails(file, { status });
  if (status === 404 || status === 410) {
    return new LoadError(
      'not-found',
      `${file.name}: there is no such file at ${href} (HTTP ${status})`,
      details,
    );
  }
  if (status === 401 || status === 403) {
    const hint = "a token may be needed: pass headers: { Authorization: 'Bearer …' }";
    return new LoadError(
      'unauthorized',
      `${file.name}: ${href} may not be read (HTTP ${status}); ${hint}`,
      details,
    );
  }
  return new LoadError('http', `${file.name}: ${href} answered with HTTP ${status}`, details);
}
