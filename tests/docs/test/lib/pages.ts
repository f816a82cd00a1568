import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../../../scripts/lib/paths.mjs';

/** A page of the documentation. */
export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

const read = (path: string): Page => ({ path, text: readFileSync(inRoot(path), 'utf8') });

export const readme: Page = read('README.md');
export const koreanReadme: Page = read('README.ko.md');

const inPackages = readdirSync(inRoot('packages'))
  .map((name) => join('packages', name, 'README.md'))
  .filter((path) => existsSync(inRoot(path)));

const inDocs = readdirSync(inRoot('docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

/** Every page that people read. */
export const pages: readonly Page[] = [
  readme,
  koreanReadme,
  ...['CONTRIBUTING.md', 'FEATURES.md', 'NOTICE.md', 'benchmarks/README.md', ...inPackages, ...inDocs].map(
    read,
  ),
];
