import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** Starts the `vite` development server of an app and waits until it prints its URL. */
export async function startDevServer(app: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = spawn('pnpm', ['exec', 'vite', '--port', '0', '--host', '127.0.0.1'], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that stopping reaches vite and not only pnpm.
    detached: true,
  });
  try {
    return { url: await printedUrl(server), stop: () => stop(server) };
  } catch (error) {
    await stop(server);
    throw error;
  }
}

function printedUrl(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const onData = (chunk: Buffer) => {
      output += stripVTControlCharacters(chunk.toString());
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(output)?.[0];
      if (url) resolve(url);
    };
    server.stdout?.on('data', onData);
    server.stderr?.on('data', onData);
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`vite exited before it printed a URL:\n${output}`)));
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  process.kill(-server.pid, 'SIGTERM');
  await exited;
}
