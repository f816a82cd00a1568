import { createServer, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { StaticServer } from '@headwise/test-browser';

/** A line to a server: browsers emulate slow ones for a page, not for its workers. */
export interface Line {
  readonly bytesPerSecond: number;
  /** Milliseconds before each answer. */
  readonly latency: number;
}

/** A file of which no more than its first bytes are sent; parts that are asked for by a range are. */
export interface HeldFile {
  readonly path: string;
  readonly bytes: number;
}

/** 10 Mbit/s, 40 ms. */
export const SLOW_LINE: Line = { bytesPerSecond: 1_250_000, latency: 40 };

/** A server that was reached over a slow line, and what it has sent. */
export interface SlowSite extends StaticServer {
  /** Bytes of all bodies that were sent. */
  sent(): number;
  /** Bytes by path. */
  readonly sentOf: ReadonlyMap<string, number>;
}

const PART = 8192;
/** What hosts compress. */
const COMPRESSED = /(?:\/|\.(?:html|js|css|json|svg|webmanifest))$/;

/** Passes requests on to a server, with the latency and the shared rate of a line, and compresses texts as hosts do. */
export async function slowSite(
  target: StaticServer,
  { bytesPerSecond, latency }: Line,
  held?: HeldFile,
): Promise<SlowSite> {
  const sentOf = new Map<string, number>();
  /** When the line is free again. */
  let free = 0;

  async function sendSlowly(
    body: AsyncIterable<Buffer>,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    const most = held?.path === path && response.statusCode === 200 ? held.bytes : Infinity;
    let passed = 0;
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length && !response.destroyed; at += PART) {
        const part = chunk.subarray(at, at + PART);
        while (passed + part.length > most && !response.destroyed) await wait(20);
        passed += part.length;
        const now = performance.now();
        // Timers are late: what was lost by that may be sent at once.
        free = Math.max(now - 20, free) + (1000 * part.length) / bytesPerSecond;
        if (free > now) await wait(free - now);
        sentOf.set(path, (sentOf.get(path) ?? 0) + part.length);
        response.write(part);
      }
    }
    response.end();
  }

  const server = createServer(async (incoming, response) => {
    await wait(latency);
    const url = new URL(incoming.url ?? '/', target.url);
    const passed = send(url, { method: incoming.method, headers: { ...incoming.headers, host: url.host } });
    passed.on('response', (answer) => {
      response.on('close', () => answer.destroy());
      const isCompressed =
        COMPRESSED.test(url.pathname) && /gzip/.test(incoming.headers['accept-encoding'] ?? '');
      const { 'content-length': length, ...headers } = answer.headers;
      const added = isCompressed ? { 'content-encoding': 'gzip' } : { 'content-length': length };
      response.writeHead(answer.statusCode ?? 502, { ...headers, ...added });
      const body = isCompressed ? pipeline(answer, createGzip(), () => undefined) : answer;
      sendSlowly(body, response, url.pathname).catch(() => response.destroy());
    });
    passed.on('error', () => response.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    sentOf,
    sent: () => [...sentOf.values()].reduce((sum, size) => sum + size, 0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await target.close();
    },
  };
}
