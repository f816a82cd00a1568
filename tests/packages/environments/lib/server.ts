import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server that listens on `port`, and waits until it answers. Throws Error with its output when it ends before. */
export async function startServer(
  directory: string,
  port: number,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  // A group of its own, so that package managers and their children end together.
  const server: ChildProcess = spawn(program, args, {
    cwd: directory,
    detached: true,
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}/`;
  const close = async () => {
    if (server.exitCode !== null) return;
    const exited = once(server, 'exit');
    process.kill(-server.pid!, 'SIGKILL');
    await exited;
  };
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`${program} ${args.join(' ')} ended:\n${output}`);
    if (
      await fetch(url).then(
        ({ status }) => status < 500,
        () => false,
      )
    )
      return { url, close };
    await setTimeout(200);
  }
  await close();
  throw new Error(`${program} ${args.join(' ')} did not answer on ${url}:\n${output}`);
}

/** Runs a task of an app that answers `POST {url}{task}` with the JSON of `{ result }` or `{ error }`. */
export async function post(url: string, task: string, input: object): Promise<unknown> {
  const response = await fetch(url + task, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  let answer: { result?: unknown; error?: string } | undefined;
  try {
    answer = JSON.parse(text);
  } catch {
    // Reported below.
  }
  if (answer?.result === undefined)
    throw new Error(answer?.error ?? `${url}${task} answers ${text.slice(0, 2000)}`);
  return answer.result;
}
