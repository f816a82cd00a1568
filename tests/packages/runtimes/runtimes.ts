import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** A JavaScript runtime. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** Arguments before the script. */
  readonly args: readonly string[];
}

const packages = join(import.meta.dirname, 'node_modules');
const extension = process.platform === 'win32' ? '.exe' : '';

/** Path of the binary in the installed platform package, else the command name. */
function binary(pattern: string, name: string): string {
  const [path] = globSync(`${pattern}${extension}`, { cwd: packages });
  return path === undefined ? name : join(packages, path);
}

function runtime(name: string, path: string, ...args: readonly string[]): Runtime {
  const version = /\d+\.\d+\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
  return { name, version, path, args };
}

/** The permissions that the packages need: files, network, and the variables that locate the cache. */
const denoPermissions = [
  '--no-prompt',
  '--allow-read',
  '--allow-write',
  '--allow-net',
  '--allow-env=HEADWISE_CACHE,XDG_CACHE_HOME,HOME',
];

/** Other versions of Node than the one that runs the tests. */
const otherNodes = [20, 22, 26].map((major) =>
  runtime('Node', binary(`node-${major}/bin/node`, `node-${major}`)),
);

/** Node comes first: a failure on all runtimes shows there too. */
export const runtimes: readonly Runtime[] = [
  runtime('Node', process.execPath),
  ...otherNodes,
  runtime('Deno', binary('@deno/*/deno', 'deno'), 'run', ...denoPermissions),
  runtime('Bun', binary('@oven/*/bin/bun', 'bun'), 'run'),
];

/** A Node whose V8 compiles all kernels with its flag for 256 bits. */
export const nodeWithWideSimd: Runtime = otherNodes.at(-1)!;
