import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { pinnedNode } from './pinned-node.mjs';

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
 * Runs a program to its end with the terminal handed through, and passes termination signals on to it.
 *
 * @returns its exit code (128 + signal number is reported as 1)
 */
export function run(program, args, { stdio = 'inherit', env = childEnvironment(), cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio, env, cwd });
    const forward = (signal) => child.kill(signal);
    // A terminal's Ctrl-C reaches the child by itself; this process only has to outlive it.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    process.on('SIGTERM', forward);
    process.on('SIGHUP', forward);
    const settle = (action, value) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', forward);
      process.off('SIGHUP', forward);
      action(value);
    };
    child.on('error', (error) => settle(reject, error));
    child.on('close', (code) => settle(resolve, code ?? 1));
  });
}

/** Runs a program and keeps what it writes. Returns its exit code and its whole output, stdout and stderr as one. */
export function capture(program, args, { env = childEnvironment(), cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
