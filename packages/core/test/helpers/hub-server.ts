import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** How the server responds to requests of one file. */
export interface ServedFile {
  bytes: Uint8Array;
  etag?: string | undefined;
  lastModified?: string;
  /** Status codes of the next responses, after which the file is sent again. */
  fail?: number[];
  /** Closes the connection of the next responses after this many bytes of the body each. */
  cutAfter?: number[];
  /** Sends no Content-Length. */
  chunked?: boolean;
  gzip?: boolean;
  /** Responds to range requests with the whole file. */
  noRanges?: boolean;
  /** Status code of responses to HEAD. */
  headStatus?: number;
  /** Content-Type; none by default. */
  contentType?: string;
  /** Content-Range sent instead of the correct one. */
  contentRange?: string;
  /** Called on each request of the file with the number of requests; may change the file. */
  onRequest?: (count: number, file: ServedFile) => void;
  /** Sends half of the body and keeps the connection open. */
  hang?: boolean;
  /** Keeps the connections of the next responses open after this many bytes of the body each. */
  stallAfter?: number[];
  /** Never answers. */
  silent?: boolean;
}

/** `fetch`, and the methods of its calls. A server may not see a request that was given up. */
export function countingFetch(): { calls: (string | undefined)[]; fetch: typeof fetch } {
  const calls: (string | undefined)[] = [];
  return {
    calls,
    fetch: async (input, init) => {
      calls.push(init?.method);
      return fetch(input, init);
    },
  };
}

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  status: number;
}

/**
 * A local server that behaves like a model hub: `/<org>/<name>/resolve/<revision>/<file>` redirects to `/store/…`, which
 * supports range requests, ETags and conditional requests.
 */
export class HubServer {
  readonly files = new Map<string, ServedFile>();
  readonly requests: RecordedRequest[] = [];
  /** HTML page sent with status 200 for missing files, as servers of single-page apps do. */
  fallbackPage: string | undefined;
  /** HTML page sent for every request, as networks do that ask for a login first. */
  portalPage: string | undefined;
  /** Whether requests are accepted and never answered. */
  isSilent = false;
  /** Origin of the files that `resolve` redirects to. Default: the same. */
  storeUrl = '';
  readonly #server = createServer((request, response) => this.#respond(request, response));
  #url = '';
  readonly #counts = new Map<string, number>();

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve));
    hub.#url = `http://127.0.0.1:${(hub.#server.address() as AddressInfo).port}`;
    return hub;
  }

  /** The base URL; unchanged after `stop`. */
  get url(): string {
    return this.#url;
  }

  add(path: string, content: string | Uint8Array, options: Partial<ServedFile> = {}): ServedFile {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const file: ServedFile = { bytes, etag: `"${path}-1"`, ...options };
    this.files.set(path, file);
    return file;
  }

  /** Requests of a file, without the redirects to it. */
  requestsOf(path: string): RecordedRequest[] {
    return this.requests.filter((request) => request.path === `/store/${path}`);
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', this.url).pathname;
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      status: 0,
    };
    this.requests.push(recorded);
    response.on('close', () => {
      recorded.status = response.statusCode;
    });
    if (this.isSilent) return;
    if (this.portalPage !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(this.portalPage);
      return;
    }
    const hub = /^\/([\w.-]+\/[\w.-]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    if (hub) {
      response
        .writeHead(302, { location: `${this.storeUrl}/store/${hub[1]}/${hub[2]}/${hub[3]}` })
        .end('elsewhere');
      return;
    }
    const name = path.replace(/^\/store\//, '');
    const file = this.files.get(name);
    if (!file && this.fallbackPage !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(this.fallbackPage);
      return;
    }
    if (!file) {
      response.writeHead(404).end('Entry not found');
      return;
    }
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    file.onRequest?.(count, file);
    if (file.silent) return;
    const failure = request.method === 'HEAD' ? file.headStatus : file.fail?.shift();
    if (failure !== undefined) {
      response.writeHead(failure).end('no');
      return;
    }
    this.#send(file, request, response);
  }

  #send(file: ServedFile, request: IncomingMessage, response: ServerResponse): void {
    const headers: Record<string, string> = { 'accept-ranges': 'bytes' };
    if (file.etag !== undefined) headers.etag = file.etag;
    if (file.contentType !== undefined) headers['content-type'] = file.contentType;
    if (file.lastModified !== undefined) headers['last-modified'] = file.lastModified;
    const {
      'if-none-match': noneMatch,
      'if-modified-since': since,
      'if-range': ifRange,
      range,
    } = request.headers;
    if (
      (noneMatch !== undefined && noneMatch === file.etag) ||
      (since !== undefined && since === file.lastModified)
    ) {
      response.writeHead(304, headers).end();
      return;
    }
    let body = file.bytes;
    let status = 200;
    const [, first = NaN, to] = /^bytes=(\d+)-(\d+)?$/.exec(range ?? '') ?? [];
    const begin = Number(first);
    if (!Number.isNaN(begin) && !file.noRanges && (ifRange === undefined || ifRange === file.etag)) {
      if (begin >= body.length) {
        response.writeHead(416, headers).end();
        return;
      }
      status = 206;
      const end = Math.min(to === undefined ? Infinity : Number(to) + 1, body.length);
      headers['content-range'] = file.contentRange ?? `bytes ${begin}-${end - 1}/${body.length}`;
      body = body.subarray(begin, end);
    }
    if (file.gzip) {
      headers['content-encoding'] = 'gzip';
      body = gzipSync(body);
    }
    if (!file.chunked) headers['content-length'] = String(body.length);
    response.writeHead(status, headers);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const stall = file.stallAfter?.shift();
    const cut = file.cutAfter?.shift();
    if (cut !== undefined)
      response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
    else if (stall !== undefined) response.write(body.subarray(0, stall));
    else if (file.hang) response.write(body.subarray(0, body.length >> 1));
    else response.end(body);
  }
}
