import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { exitCodeOf, forwardSignals } from './signals.mjs';

/** Environment of child processes: PATH starts with the pinned Node and the workspace's tools. */
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
 * Runs a program with inherited stdio and forwards termination signals to it.
 *
 * @returns its exit code, or 128 plus the number of the signal that ended it
 */
export function run(program, args, { stdio = 'inherit', env = childEnvironment(), cwd = root } = {}) {
  return exitOf(spawn(program, args, { stdio, env, cwd }));
}

/** Runs a program and captures its output. Returns its exit code, and stdout and stderr as one string. */
export async function capture(program, args, { env = childEnvironment(), cwd = root } = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const code = await exitOf(child);
  return { code, output: Buffer.concat(chunks).toString() };
}

function exitOf(child) {
  const release = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  }).finally(release);
}
