import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

export interface StaticServerOptions {
  /** Additional directories by URL prefix, e.g. `{ '/weights/': '…/model' }`. */
  mounts?: Readonly<Record<string, string>>;
  /** Headers of every response. */
  headers?: Readonly<Record<string, string>>;
  /** Sends ETags and answers requests for parts of files, as most hosts do. Default: false. */
  ranges?: boolean;
}

export interface StaticServer {
  /** Base URL, with a trailing slash. */
  url: string;
  close(): Promise<void>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Serves a directory on a free port of 127.0.0.1, without special headers by default. */
export async function serveDirectory(
  directory: string,
  { mounts = {}, headers = {}, ranges = false }: StaticServerOptions = {},
): Promise<StaticServer> {
  const fileOf = (path: string): string => {
    // normalize() resolves `..` against the leading slash, so no path leaves the directory.
    const normal = normalize(path);
    const safe = normal.endsWith('/') ? `${normal}index.html` : normal;
    const prefix = Object.keys(mounts).find((candidate) => safe.startsWith(candidate));
    const base = prefix === undefined ? undefined : mounts[prefix];
    if (prefix !== undefined && base !== undefined) return join(base, safe.slice(prefix.length));
    return join(directory, safe);
  };

  const server = createServer(async (request, response) => {
    const path = pathOf(request.url ?? '/');
    if (path === undefined) {
      response.writeHead(400, { 'content-type': 'text/plain', ...headers }).end('Bad request');
      return;
    }
    const file = fileOf(path);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain', ...headers }).end('Not found');
      return;
    }
    const type = CONTENT_TYPES[extname(file)] ?? 'application/octet-stream';
    const { size, mtimeMs } = found;
    const version = ranges && { etag: `"${size}-${Math.floor(mtimeMs)}"`, 'accept-ranges': 'bytes' };
    const part = ranges ? partOf(request.headers.range, size) : undefined;
    response.writeHead(part ? 206 : 200, {
      'content-type': type,
      'content-length': part ? part.end + 1 - part.start : size,
      ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${size}` }),
      ...version,
      ...headers,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file, part).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** The decoded path of a request, or undefined if it is none: `//` names a host, `%ff` is not UTF-8, and no file has a NUL in its name. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** The bytes that a `Range` header asks for, the last included; undefined if it is none of the form `bytes=from-to`. */
function partOf(range: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return undefined;
  const part = { start: Number(from), end: Math.min(size, to ? Number(to) + 1 : size) - 1 };
  return part.start <= part.end ? part : undefined;
}
