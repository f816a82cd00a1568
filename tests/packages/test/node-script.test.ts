import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodes } from './lib/nodes.ts';
import { installTarballs, temporaryDirectory } from './lib/project.ts';
import { cases, largestDifference, modelDirectory } from './lib/reference.ts';
import { runCommand } from './lib/run-command.ts';

const EMBED = `
import { loadEncoder } from '@headwise/core';
const [directory, ...texts] = process.argv.slice(2);
const model = await loadEncoder(directory);
const embeddings = await model.embed(texts, { normalize: true });
console.log(JSON.stringify({ backend: model.backend, embeddings: embeddings.map((e) => [...e]) }));
await model.dispose();
`;

const EMBED_WITH_WORKERS = `
import { loadEncoder } from '@headwise/worker';
const [directory, ...texts] = process.argv.slice(2);
const model = await loadEncoder(directory, { workers: 2 });
const embeddings = await model.embed(texts, { normalize: true });
console.log(JSON.stringify({ backend: model.backend, embeddings: embeddings.map((e) => [...e]) }));
await model.dispose();
`;

interface Output {
  backend: string;
  embeddings: number[][];
}

let project: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  project = await temporaryDirectory();
  await writeFile(join(project.path, 'package.json'), JSON.stringify({ name: 'script', type: 'module' }));
  await writeFile(join(project.path, 'embed.js'), EMBED);
  await writeFile(join(project.path, 'embed-with-workers.js'), EMBED_WITH_WORKERS);
  await installTarballs(project.path);
});

afterAll(() => project.remove());

describe.each(nodes.map(({ version, path }) => [version, path] as const))(
  'a script with the tarballs installed, on Node %s',
  (_version, path) => {
    test.each(['embed.js', 'embed-with-workers.js'])('%s embeds sentences', async (script) => {
      const output = await runCommand(project.path, path, [
        script,
        modelDirectory,
        ...cases.map(({ text }) => text),
      ]);
      const { embeddings } = JSON.parse(output) as Output;
      expect(embeddings).toHaveLength(cases.length);
      for (const [i, { text, embedding }] of cases.entries()) {
        expect(largestDifference(embeddings[i] ?? [], embedding), text).toBeLessThan(1e-5);
      }
    });
  },
);
