import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

/** Large files that few visits fetch: scripts of a split model's workers and of the engines that Benchmark compares with, sounds. */
const RARE = /(?:^|\/)(?:worker|page-peers)-[^/]*\.js$|\.wav$/;

/**
 * Writes `service-worker.js` into a build, from src/service-worker.js: with the names of the build's files, and a version that changes with them.
 * Fonts, sounds, models and the script of a split model's workers are kept when they are first used.
 */
export function offline(): Plugin {
  return {
    name: 'headwise:offline',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter(
        (name) => !/\.(?:woff2?|map)$/.test(name) && !RARE.test(name) && name !== 'index.html',
      );
      const source = await readFile(new URL('../src/service-worker.js', import.meta.url), 'utf8');
      const version = createHash('sha256')
        .update(files.sort().join('\n'))
        .update(source)
        .digest('hex')
        .slice(0, 12);
      this.emitFile({
        type: 'asset',
        fileName: 'service-worker.js',
        source: source
          .replace("'VERSION'", () => JSON.stringify(version))
          .replace("['FILES']", () =>
            JSON.stringify([
              './',
              './favicon.svg',
              './manifest.webmanifest',
              ...files.map((name) => `./${name}`),
            ]),
          ),
      });
    },
  };
}
