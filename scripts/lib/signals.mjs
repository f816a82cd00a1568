import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

const ANCESTORS_CHECK_MS = 500;

/** The exit code that a shell reports for a program that a signal ended. */
export const exitCodeOf = (signal) => 128 + (constants.signals[signal] ?? 0);

/**
 * Lets a child end with this process: what asks this one to end asks the child, until it has ended.
 *
 * @returns a function that stops doing so
 */
export function endTogether(child) {
  const forward = (signal) => child.kill(signal);
  // A terminal sends Ctrl-C to the child too. A second one from here would be taken for impatience, and cut a test run's
  // or a build's own tidying up short.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const interrupt = atTerminal ? () => {} : forward;
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', forward);
  process.on('SIGHUP', forward);
  const stopWatching = onNpmGone(() => forward('SIGTERM'));
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', forward);
    process.off('SIGHUP', forward);
    stopWatching();
  };
}

/**
 * Calls back when the `npm run` that started this process has ended. Killing npm ends npm and the shell that it started,
 * which passes nothing on: all that can be seen from here is that an ancestor is another one.
 */
function onNpmGone(callback) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const ancestors = upToNpm();
  const timer = setInterval(() => {
    if (upToNpm() === ancestors) return;
    clearInterval(timer);
    callback();
  }, ANCESTORS_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The processes between npm and this one, and npm: its shell, and another one where `node` is a script of
 * node_modules/.bin, which it is where a pinned Node is installed. Systems without /proc have no pinned Node, so that the parent
 * says all.
 */
function upToNpm() {
  const pids = [process.ppid];
  for (let ancestor = look(pids[0]); ancestor?.isShell; ancestor = look(ancestor.parent))
    pids.push(ancestor.parent);
  return pids.join(' ');
}

function look(pid) {
  try {
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    // The program and not its name: a script is called what its file is called.
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return { isShell: /^(?:sh|bash|dash|ash|zsh|busybox)$/.test(program), parent: Number(parent) };
  } catch {
    // There is no /proc, or the process has just ended.
    return undefined;
  }
}
