import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

const ANCESTORS_CHECK_MS = 500;

/** The exit code that shells report for a program ended by a signal. */
export const exitCodeOf = (signal) => 128 + (constants.signals[signal] ?? 0);

/**
 * Forwards SIGINT, SIGTERM and SIGHUP to a child process, and sends it SIGTERM when the `npm run` above this process ends.
 *
 * @returns a function that stops the forwarding
 */
export function forwardSignals(child) {
  const forward = (signal) => child.kill(signal);
  // A terminal sends Ctrl-C to the child too. A second SIGINT from here would make test runs and builds skip their
  // cleanup.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const interrupt = atTerminal ? () => {} : forward;
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', forward);
  process.on('SIGHUP', forward);
  const stopWatching = onNpmExit(() => forward('SIGTERM'));
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', forward);
    process.off('SIGHUP', forward);
    stopWatching();
  };
}

/**
 * Calls back when the `npm run` that started this process has ended. Killing npm also ends its shell, which forwards no
 * signal: the only visible effect is that the ancestors of this process change.
 */
function onNpmExit(callback) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const ancestors = ancestorPids();
  const timer = setInterval(() => {
    if (ancestorPids() === ancestors) return;
    clearInterval(timer);
    callback();
  }, ANCESTORS_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Pids from the parent of this process up to npm: npm's shell, and a second shell where `node` is a script in
 * node_modules/.bin (with a pinned Node). Without /proc, only the parent; a pinned Node exists only on systems with /proc.
 */
function ancestorPids() {
  const pids = [process.ppid];
  for (let ancestor = readProcess(pids[0]); ancestor?.isShell; ancestor = readProcess(ancestor.parent))
    pids.push(ancestor.parent);
  return pids.join(' ');
}

function readProcess(pid) {
  try {
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    // The executable rather than the process name: a script's process has the name of the script.
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return { isShell: /^(?:sh|bash|dash|ash|zsh|busybox)$/.test(program), parent: Number(parent) };
  } catch {
    // No /proc, or the process has ended.
    return undefined;
  }
}
