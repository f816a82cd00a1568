import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkOptions, type OptionNames } from '@headwise/core/internal';
import { createAdaptorServer } from '@hono/node-server';
import { Connections } from './http/connections.ts';
import { type ModelToServe, SERVICE_OPTIONS, type ServiceOptions } from './options.ts';
import { createService, type Service } from './service.ts';

/** Options of {@link startServer}. */
export interface ServerOptions extends ServiceOptions {
  /** Default: 8080; 0 for any that is free. */
  port?: number;
  /** Address to listen on. Default: `127.0.0.1`, this machine alone. */
  host?: string;
}

/** A service that listens. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8080`; clients of OpenAI's API take it with `/v1`. */
  readonly url: string;
  readonly port: number;
  /** The ids of the models. */
  readonly models: readonly string[];
  /**
   * Stops listening, answers what was accepted, ends the threads and closes all connections; those of clients that do not read their answers after 10 seconds.
   * A second call ends all at once.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Milliseconds that clients have to read the last answers. */
const LAST_BYTES = 10_000;

const LISTEN_OPTIONS = { port: 'whole', host: 'string' } satisfies OptionNames<
  Omit<ServerOptions, keyof ServiceOptions>
>;

/**
 * Loads models and serves them with OpenAI's API over HTTP.
 *
 * ```ts
 * const server = await startServer([{ source: 'sentence-transformers/all-MiniLM-L6-v2' }], { port: 8080 });
 * console.log(`${server.url}/v1`);
 * ```
 *
 * Rejects as `createService` does, and with Node's error if it cannot listen.
 */
export async function startServer(
  models: readonly ModelToServe[],
  options: ServerOptions = {},
): Promise<RunningServer> {
  checkOptions('startServer', options, SERVICE_OPTIONS, LISTEN_OPTIONS);
  const { port, host, ...ofService } = options;
  return serverOf(await createService(models, ofService), port, host);
}

/** Makes a service listen. Closes it if it cannot. */
export async function serverOf(service: Service, port = 8080, host = '127.0.0.1'): Promise<RunningServer> {
  let isClosing = false;
  const server = createAdaptorServer({
    async fetch(request: Request) {
      const response = await service.fetch(request);
      // A client that keeps its connection would keep the server.
      if (isClosing) response.headers.set('connection', 'close');
      return response;
    },
    // A library does not change the globals of its application.
    overrideGlobalObjects: false,
  }) as Server;
  try {
    await listen(server, port, host);
  } catch (error) {
    await service.close();
    throw error;
  }
  const connections = new Connections(server);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const running: RunningServer = {
    url: `http://${name}:${address.port}`,
    port: address.port,
    models: service.models,
    async close() {
      if (isClosing) {
        server.closeAllConnections();
        await service.close();
        return;
      }
      isClosing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      // Connections whose response began before are kept open by their clients.
      const idle = setInterval(() => connections.closeIdle(), 50);
      await service.close();
      connections.closeIncomplete();
      const late = setTimeout(() => server.closeAllConnections(), LAST_BYTES);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
    },
    [Symbol.asyncDispose]: () => running.close(),
  };
  return running;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
