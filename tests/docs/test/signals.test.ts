import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const serveScript = fileURLToPath(new URL('./fixtures/serve.mjs', import.meta.url));
const startedPids: number[] = [];

afterEach(() => {
  for (const pid of startedPids.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until a program has printed the pids of its command and the command's child. Returns the child's pid. */
async function childPid(program: ChildProcess): Promise<number> {
  let output = '';
  for await (const chunk of program.stdout!) {
    output += chunk;
    const [, parent, child] = /parent (\d+)\s+child (\d+)/.exec(output) ?? [];
    if (parent === undefined || child === undefined) continue;
    startedPids.push(Number(child), Number(parent));
    return Number(child);
  }
  throw new Error(`the command ended before it printed its child's pid: ${output}`);
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return !isAlive(pid);
}

describe('a long-running command', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('ends together with its child process on %s', async (signal, exitCode) => {
    const command = spawn(process.execPath, [serveScript], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(command, 'exit');
    const child = await childPid(command);
    command.kill(signal);
    expect(await ended).toEqual([exitCode, null]);
    expect(isAlive(child)).toBe(false);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('ends when npm is killed by %s', async (signal) => {
    const project = await createProject();
    try {
      // The PATH of this process may have a shell script in place of Node, and the signal would end only that script.
      const path = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
        .filter((directory) => !directory.includes('node_modules/.bin'))
        .join(delimiter);
      const npm = spawn('npm', ['run', '--silent', 'serve'], {
        cwd: project,
        env: { ...process.env, PATH: path },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const child = await childPid(npm);
      npm.kill(signal);
      expect(await hasEnded(child)).toBe(true);
    } finally {
      await rm(project, { recursive: true, force: true });
    }
  });
});

/** A project with an npm script, and Node behind a shell script in node_modules/.bin, as in this repository. */
async function createProject(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'headwise-npm-'));
  const scripts = { serve: `node ${JSON.stringify(serveScript)}` };
  await writeFile(join(project, 'package.json'), JSON.stringify({ scripts }));
  const bin = join(project, 'node_modules', '.bin');
  await mkdir(bin, { recursive: true });
  const shim = `#!/bin/sh\n"${process.execPath}" "$@"\nexit $?\n`;
  await writeFile(join(bin, 'node'), shim, { mode: 0o755 });
  return project;
}
