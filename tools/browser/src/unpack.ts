import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserProgram } from './program.ts';

const execute = promisify(execFile);

/**
 * Unpacks the Chromium that @sparticuz/chromium carries into node_modules/.cache, once for each version.
 *
 * The package itself unpacks to fixed names in the temporary directory, where two test runs that start together find
 * each other's half-written files. So a child process with a temporary directory of its own does it, and the finished
 * directory is moved into place in one step.
 */
export async function unpackChromium(): Promise<BrowserProgram> {
  const packageDirectory = dirname(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))));
  const manifest = readFileSync(join(packageDirectory, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
  const home = join(cache, `chromium-${version}`);

  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, 'unpacking-'));
    await inflateAll(join(packageDirectory, 'bin'), unfinished);
    try {
      await rename(unfinished, home);
    } catch (error) {
      // Another process was first; its copy is as good as ours.
      await rm(unfinished, { recursive: true, force: true });
      if (!existsSync(home)) throw error;
    }
  }
  const executablePath = join(home, 'chromium');
  return { executablePath, env: await environmentFor(executablePath, home) };
}

async function inflateAll(bin: string, target: string): Promise<void> {
  const archives = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];
  const script = `
    const { inflate } = await import(${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))});
    for (const archive of ${JSON.stringify(archives)}) await inflate(${JSON.stringify(bin)} + '/' + archive);`;
  await execute(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: target },
  });
}

/** Bare machines lack Chromium's shared libraries or any font set-up: the package has both, to be used only then. */
async function environmentFor(executablePath: string, home: string): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = join(home, 'fonts');
  try {
    await execute(executablePath, ['--version', '--no-sandbox']);
  } catch {
    env.LD_LIBRARY_PATH = join(home, 'al2023', 'lib');
  }
  return env;
}
