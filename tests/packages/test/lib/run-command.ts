import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Runs a program in a directory.
 *
 * @returns its stdout
 * @throws Error with the whole output when it fails
 */
export async function runCommand(
  directory: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: directory, env, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    // No `cause`: Node's error repeats the output.
    throw new Error(`${program} ${args.join(' ')} failed in ${directory}:\n${stdout}\n${stderr}`);
  }
}
