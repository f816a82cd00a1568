import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webpack, { type Stats } from 'webpack';
import { expectEmbeddings, strictHeaders } from './lib/page.ts';
import { installTarballs, temporaryDirectory } from './lib/project.ts';
import { modelDirectory } from './lib/reference.ts';

const page = `<!doctype html>
<meta charset="utf-8" />
<title>App</title>
<script defer src="main.js"></script>
`;

let project: Awaited<ReturnType<typeof temporaryDirectory>>;

/** Bundles as the `webpack` command does without a configuration: src/index.js to dist/main.js. */
function bundle(app: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    webpack({ context: app, mode: 'production', output: { path: join(app, 'dist') } }, (error, stats) => {
      if (error || !stats) reject(error);
      else resolve(stats);
    });
  });
}

describe('a webpack build without configuration, under a strict content security policy', () => {
  let server: StaticServer;

  beforeAll(async () => {
    project = await temporaryDirectory();
    const app = project.path;
    await mkdir(join(app, 'src'));
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
    await copyFile(new URL('./apps/webpack-main.js', import.meta.url), join(app, 'src', 'index.js'));
    await installTarballs(app);
    const { errors, warnings } = (await bundle(app)).toJson({ errors: true, warnings: true });
    expect(errors?.map(({ message }) => message)).toEqual([]);
    // The chunks exceed the sizes that webpack recommends; no other warning is expected.
    const aboutSize = /size limit|recommended size|performance recommendations/;
    expect(warnings?.filter(({ message }) => !aboutSize.test(message))).toEqual([]);
    await writeFile(join(app, 'dist', 'index.html'), page);
    server = await serveDirectory(join(app, 'dist'), {
      headers: strictHeaders,
      mounts: { '/weights/': modelDirectory },
    });
  });

  afterAll(async () => {
    await server?.close();
    await project?.remove();
  });

  test('embeds sentences on the main thread', () => expectEmbeddings(server.url, 0));

  test.each([1, 2])('embeds sentences on %i workers', (workers) => expectEmbeddings(server.url, workers));
});
