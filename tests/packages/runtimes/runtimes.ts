import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** A program that runs JavaScript. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** What stands before the script. */
  readonly args: readonly string[];
}

const packages = join(import.meta.dirname, 'node_modules');
const extension = process.platform === 'win32' ? '.exe' : '';

/** The binary that a package for this platform carries, else the system's own. */
function binary(pattern: string, name: string): string {
  const [path] = globSync(`${pattern}${extension}`, { cwd: packages });
  return path === undefined ? name : join(packages, path);
}

function runtime(name: string, path: string, ...args: readonly string[]): Runtime {
  const version = /\d+\.\d+\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
  return { name, version, path, args };
}

/** Deno is given what an app of ours needs: its files, the network, and the variables that say where caches are. */
const denoPermissions = [
  '--no-prompt',
  '--allow-read',
  '--allow-write',
  '--allow-net',
  '--allow-env=HEADWISE_CACHE,XDG_CACHE_HOME,HOME',
];

/** Node goes first, so that what is broken everywhere is seen to be. */
export const runtimes: readonly Runtime[] = [
  runtime('Node', process.execPath),
  runtime('Deno', binary('@deno/*/deno', 'deno'), 'run', ...denoPermissions),
  runtime('Bun', binary('@oven/*/bin/bun', 'bun'), 'run'),
];
