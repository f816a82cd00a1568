import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const tinyBert = new URL('./tiny-bert.ts', import.meta.url).href;

/** Runs a script in a process of its own and returns what it prints. Fails unless the process exits in time. */
export async function runScript(
  script: string,
  flags: readonly string[] = [],
  timeout = 20_000,
): Promise<string> {
  const imports = `
    import { loadEncoder } from '@headwise/worker';
    import { tinyBert } from '${tinyBert}';`;
  const args = [...flags, '--input-type=module', '--no-warnings', '-e', imports + script];
  const directory = new URL('../..', import.meta.url);
  const { stdout } = await execute(process.execPath, args, { cwd: directory, timeout });
  return stdout.trim();
}
