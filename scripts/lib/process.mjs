import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { endTogether, exitCodeOf } from './signals.mjs';

/** The environment of every child: the pinned Node first on PATH, then the workspace's own tools. */
export function childEnvironment(extra = {}) {
  const { binDirectory } = pinnedNode();
  const path = [binDirectory, inRoot('node_modules', '.bin'), process.env.PATH]
    .filter(Boolean)
    .join(delimiter);
  return {
    ...process.env,
    PATH: path,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
    ...extra,
  };
}

/**
 * Runs a program to its end with the terminal handed through, and passes on to it what asks this process to end.
 *
 * @returns its exit code, or 128 plus the number of the signal that ended it
 */
export function run(program, args, { stdio = 'inherit', env = childEnvironment(), cwd = root } = {}) {
  return ended(spawn(program, args, { stdio, env, cwd }));
}

/** Runs a program and keeps what it writes. Returns its exit code and its whole output, stdout and stderr as one. */
export async function capture(program, args, { env = childEnvironment(), cwd = root } = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const code = await ended(child);
  return { code, output: Buffer.concat(chunks).toString() };
}

function ended(child) {
  const release = endTogether(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  }).finally(release);
}
