// Tests the first run of a new clone: clones the repository into an empty directory and runs commands with an empty pnpm
// store (with --cold, also an empty npm cache). Prints the time of each command.
//
//   node scripts/fresh-clone.mjs [--cold] [--keep] [command …]     commands default to: demo test
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/paths.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cold: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const commands = positionals.length > 0 ? positionals : ['demo', 'test'];

const directory = mkdtempSync(join(tmpdir(), 'headwise-clone-'));
const clone = join(directory, 'headwise');
const env = {
  ...process.env,
  npm_config_store_dir: join(directory, 'store'),
  ...(values.cold ? { npm_config_cache: join(directory, 'npm-cache') } : {}),
};

function timed(program, args, cwd) {
  const start = performance.now();
  const { status } = spawnSync(program, args, {
    cwd,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed in ${clone} after ${seconds} s`);
  return `${`${program} ${args.join(' ')}`.padEnd(16)} ${seconds.padStart(7)} s`;
}

try {
  timed('git', ['clone', '--quiet', root, clone], directory);
  const times = commands.map((command) => timed('npm', ['run', command], clone));
  // The first command again, for the time of a second run.
  times.push(timed('npm', ['run', commands[0]], clone));
  console.log(`\n${times.join('\n')}`);
} finally {
  if (values.keep) console.log(`kept ${clone}`);
  else rmSync(directory, { recursive: true, force: true });
}
