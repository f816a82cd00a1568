import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A Chromium executable, and the environment variables that it needs in addition to this process's own. */
export interface BrowserProgram {
  executablePath: string;
  env: Readonly<Record<string, string>>;
}

/**
 * Unpacks the Chromium of @sparticuz/chromium into node_modules/.cache, once per version.
 *
 * The package unpacks to fixed names in the temporary directory, where concurrent test runs would read each other's
 * incomplete files. So a child process unpacks with a temporary directory of its own, and the complete directory is
 * renamed.
 */
export async function unpackChromium(): Promise<BrowserProgram> {
  const packageDirectory = dirname(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))));
  const manifest = readFileSync(join(packageDirectory, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
  const directory = join(cache, `chromium-${version}`);

  if (!existsSync(directory)) {
    await mkdir(cache, { recursive: true });
    const temporary = await mkdtemp(join(cache, 'unpacking-'));
    await inflateAll(join(packageDirectory, 'bin'), temporary);
    try {
      await rename(temporary, directory);
    } catch (error) {
      // Another process has renamed its copy first.
      await rm(temporary, { recursive: true, force: true });
      if (!existsSync(directory)) throw error;
    }
  }
  const executablePath = join(directory, 'chromium');
  return { executablePath, env: await environmentFor(executablePath, directory) };
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

/** Variables for the package's fonts and shared libraries, where the machine has none. */
async function environmentFor(executablePath: string, directory: string): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = join(directory, 'fonts');
  try {
    await execute(executablePath, ['--version', '--no-sandbox']);
  } catch {
    env.LD_LIBRARY_PATH = join(directory, 'al2023', 'lib');
  }
  return env;
}
