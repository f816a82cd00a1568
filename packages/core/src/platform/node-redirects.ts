import { LoadError } from '../errors.ts';
import type { OutgoingRequest } from './types.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** As in the Fetch standard. */
const MAX_REDIRECTS = 20;

/**
 * Sends a request and follows its redirects. `fetch` itself would send the caller's headers along to any server that a redirect leads
 * to, other than `Authorization` and `Cookie`. From the first redirect to another origin on, they are left out.
 */
export async function followRedirects(request: OutgoingRequest): Promise<Response> {
  const { fetch, init, headers, callerHeaders } = request;
  if (Object.keys(callerHeaders).length === 0) return fetch(request.url, { ...init, headers });
  let { url } = request;
  let isSameOrigin = true;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const sent = isSameOrigin ? { ...callerHeaders, ...headers } : headers;
    const response: Response = await fetch(url, { ...init, headers: sent, redirect: 'manual' });
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    const target: URL = new URL(location, url);
    if (!/^https?:$/.test(target.protocol))
      throw redirectError(url, `redirects to ${target.protocol}, expected http: or https:`);
    isSameOrigin &&= target.origin === url.origin;
    url = target;
  }
  throw redirectError(request.url, `redirects more than ${MAX_REDIRECTS} times`);
}

/** Without the query, which may have a signature. */
function redirectError({ origin, pathname }: URL, problem: string): LoadError {
  const url = `${origin}${pathname}`;
  return new LoadError('http', `${url} ${problem}`, { url });
}
