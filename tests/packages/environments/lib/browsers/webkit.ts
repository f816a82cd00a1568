import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../server.ts';
import type { Browser } from './browser.ts';

// WebKitGTK's own browser, on a display without a screen, driven by WebDriver.

const DRIVER = '/usr/bin/WebKitWebDriver';
const DISPLAY = '/usr/bin/Xvfb';
const [binary] = globSync('/usr/lib/*/webkit*gtk-*/MiniBrowser');
const isThere = binary !== undefined && globSync([DRIVER, DISPLAY]).length === 2;

export const webkit: Browser = {
  name: 'WebKitGTK',
  version: isThere
    ? (/[\d.]+/.exec(
        execFileSync('dpkg-query', ['--show', 'webkit2gtk-driver'], { encoding: 'utf8' }).split('\t')[1] ??
          '',
      )?.[0] ?? '')
    : '',
  ...(!isThere && { missing: "Debian's webkit2gtk-driver and xvfb" }),
  async open() {
    const processes: ChildProcess[] = [];
    const end = async () => {
      for (const process of processes.reverse()) {
        const ended = once(process, 'exit');
        process.kill('SIGKILL');
        await ended;
      }
    };
    try {
      const screen = spawn(DISPLAY, ['-displayfd', '3', '-nolisten', 'tcp'], {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      });
      processes.push(screen);
      const [number] = await once(screen.stdio[3]!, 'data');
      const port = await freePort();
      const env = { ...process.env, DISPLAY: `:${String(number).trim()}` };
      processes.push(spawn(DRIVER, [`--port=${port}`], { env, stdio: 'ignore' }));
      const session = await startSession(`http://127.0.0.1:${port}/session`);
      return {
        errors: [],
        async goto(url) {
          await session('POST', '/url', { url });
        },
        async evaluate(run, argument) {
          const script = `const [argument, done] = arguments;
            Promise.resolve().then(() => (${run})(argument)).then(
              (value) => done({ value }),
              (error) => done({ error: error + '\\n' + error?.stack }),
            );`;
          const outcome = (await session('POST', '/execute/async', { script, args: [argument] })) as {
            value: Awaited<ReturnType<typeof run>>;
            error?: string;
          };
          if (outcome.error !== undefined) throw new Error(outcome.error);
          return outcome.value;
        },
        async close() {
          await session('DELETE', '');
          await end();
        },
      };
    } catch (error) {
      await end();
      throw error;
    }
  },
};

type Session = (method: 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>;

/** Starts a session of the driver at `url`, which may not answer yet. */
async function startSession(url: string): Promise<Session> {
  const call: Session = async (method, path, body) => {
    const response = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${url}${path} answers ${JSON.stringify(value)}`);
    return value;
  };
  const options = { binary, args: ['--automation'] };
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
  for (let tries = 0; ; tries++) {
    try {
      const { sessionId } = (await call('POST', '', { capabilities })) as { sessionId: string };
      const session: Session = (method, path, body) => call(method, `/${sessionId}${path}`, body);
      await session('POST', '/timeouts', { script: 600_000 });
      return session;
    } catch (error) {
      // The driver does not listen yet.
      if (!(error instanceof TypeError) || tries === 100) throw error;
      await setTimeout(100);
    }
  }
}
