import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The packages of sources/package.json, which `npm run experiment` installs. */
const INSTALLED = join(import.meta.dirname, '..', '..', 'sources', 'node_modules');

/**
 * Path of a file or a folder of an installed package.
 *
 * @throws Error when it is not there
 */
export function sourcePath(...parts: readonly string[]): string {
  const path = join(INSTALLED, ...parts);
  if (existsSync(path)) return path;
  throw new Error(
    `data: expected ${path}, found nothing; \`npm run experiment -- data\` installs the sources`,
  );
}

export const readSource = (...parts: readonly string[]): string => readFileSync(sourcePath(...parts), 'utf8');

export const readSourceJson = <T>(...parts: readonly string[]): T => JSON.parse(readSource(...parts)) as T;

/** Imports a module of an installed package by its path. Only modules of plain data, without imports of their own, are read so. */
export const importSource = (...parts: readonly string[]): Promise<Record<string, unknown>> =>
  import(pathToFileURL(sourcePath(...parts)).href);

/** The texts of all files below a folder of an installed package whose name has an ending, in the order of their paths. */
export function* sourceFiles(folder: readonly string[], ending: string): Generator<string> {
  const root = sourcePath(...folder);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((name) => name.endsWith(ending)).sort())
    yield readFileSync(join(root, name), 'utf8');
}
