import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Licence files of the third-party code and fonts in a build: name in the build, path relative to this package. */
const LICENCES: Readonly<Record<string, string>> = {
  'comlink.txt': 'node_modules/comlink/LICENSE',
  'marked.txt': 'node_modules/marked/LICENSE',
  'noto-sans-kr.txt': 'node_modules/@fontsource-variable/noto-sans-kr/LICENSE',
  'svelte.txt': 'node_modules/svelte/LICENSE.md',
  'uplot.txt': 'node_modules/uplot/LICENSE',
};

/** Copies the licences of third-party code and fonts into a build, under `licenses/`. */
export function licences(): Plugin {
  const root = fileURLToPath(new URL('../', import.meta.url));
  let targetDirectory = '';
  return {
    name: 'headwise:licences',
    apply: 'build',
    configResolved(config) {
      targetDirectory = resolve(config.root, config.build.outDir, 'licenses');
    },
    async writeBundle() {
      await mkdir(targetDirectory, { recursive: true });
      const copies = Object.entries(LICENCES);
      await Promise.all(
        copies.map(([name, path]) => copyFile(join(root, path), join(targetDirectory, name))),
      );
    },
  };
}
