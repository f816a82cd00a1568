import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../../../scripts/lib/paths.mjs';

/** A page of the documentation. */
export interface Page {
  /** Relative to the repository root. */
  readonly path: string;
  readonly text: string;
}

const read = (path: string): Page => ({ path, text: readFileSync(inRoot(path), 'utf8') });

export const readme: Page = read('README.md');
export const koreanReadme: Page = read('README.ko.md');

const packageReadmes = readdirSync(inRoot('packages'))
  .map((name) => join('packages', name, 'README.md'))
  .filter((path) => existsSync(inRoot(path)));

const docsPages = readdirSync(inRoot('docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

/** Every page of the documentation. */
export const pages: readonly Page[] = [
  readme,
  koreanReadme,
  ...[
    'CHANGELOG.md',
    'CODE_OF_CONDUCT.md',
    'CONTRIBUTING.md',
    'FEATURES.md',
    'NOTICE.md',
    'SECURITY.md',
    'benchmarks/README.md',
    'examples/README.md',
    ...packageReadmes,
    ...docsPages,
  ].map(read),
];
