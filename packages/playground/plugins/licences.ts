import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** What a build contains of others, and where their licences are, from this package's folder. */
const LICENCES: Readonly<Record<string, string>> = {
  'comlink.txt': 'node_modules/comlink/LICENSE',
  'noto-sans-kr.txt': 'node_modules/@fontsource-variable/noto-sans-kr/LICENSE',
  'svelte.txt': 'node_modules/svelte/LICENSE.md',
  'tokenizers.txt': '../core/node_modules/@huggingface/tokenizers/LICENSE',
};

/** Puts the licences of what a build contains beside it, under `licenses/`, as they ask for. */
export function licences(): Plugin {
  const root = fileURLToPath(new URL('../', import.meta.url));
  let target = '';
  return {
    name: 'headwise:licences',
    apply: 'build',
    configResolved(config) {
      target = resolve(config.root, config.build.outDir, 'licenses');
    },
    async writeBundle() {
      await mkdir(target, { recursive: true });
      const copies = Object.entries(LICENCES);
      await Promise.all(copies.map(([name, path]) => copyFile(join(root, path), join(target, name))));
    },
  };
}
