import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Redis in a directory of its own, which writes every command to its log before it answers, so that it can be killed and started again. */
export class RedisServer {
  readonly #program: string;
  readonly #directory: string;
  readonly #port: number;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(program: string, directory: string, port: number, options: readonly string[]) {
    this.#options = options;
    this.#program = program;
    this.#directory = directory;
    this.#port = port;
  }

  /** Starts the program on a free port, with more of its options. */
  static async start(program: string, options: readonly string[] = []): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'headwise-redis-'));
    const server = new RedisServer(program, directory, await freePort(), options);
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Of its process. */
  get pid(): number {
    return this.#process!.pid!;
  }

  /** Starts it with the data that it had. */
  async restart(): Promise<void> {
    const child = spawn(
      this.#program,
      ['--port', String(this.#port), '--dir', this.#directory, '--bind', '127.0.0.1', '--save', ''].concat([
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
        '--daemonize',
        'no',
        ...this.#options,
      ]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = child;
    let log = '';
    for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) {
        // Nobody reads on, and the pipe must not fill.
        child.stdout!.resume();
        return;
      }
    }
    throw new Error(`${this.#program} ended before it listened: ${log}`);
  }

  /** Ends it at once, as a loss of power does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
