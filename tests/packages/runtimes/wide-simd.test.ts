import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTarballs, temporaryDirectory } from '../test/lib/project.ts';
import { cases, largestDifference, modelDirectory, weightsFile } from '../test/lib/reference.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { nodeWithWideSimd, runtimes } from './runtimes.ts';

// Operations of 256 bits in Node, which needs a processor with AVX2.

const app = fileURLToPath(new URL('./apps/wide-simd.js', import.meta.url));
const joined = fileURLToPath(new URL('../../../packages/kernel-as/scripts/joined.mjs', import.meta.url));
const texts = cases.map(({ text }) => text);

interface Output {
  readonly enabled?: boolean;
  /** Embeddings with weights of each type, and over workers. */
  readonly results: Readonly<Record<'f32' | 'q8' | 'q4' | 'workers', readonly (readonly number[])[]>>;
}

let project: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  project = await temporaryDirectory();
  await writeFile(join(project.path, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
  await copyFile(app, join(project.path, 'wide-simd.js'));
  await installTarballs(project.path);
});

afterAll(() => project?.remove());

function run(node: string, wide: boolean, backend: string): Promise<string> {
  const input = { source: modelDirectory, texts, options: { weightsFile, backend }, wide };
  return runCommand(project.path, node, ['wide-simd.js', JSON.stringify(input)]);
}

describe(`Node ${nodeWithWideSimd.version}`, () => {
  test.each(['wasm-simd', 'wasm-relaxed-simd'])('embeds to the same bits (%s)', async (backend) => {
    const { path } = nodeWithWideSimd;
    const narrow: Output = JSON.parse(await run(path, false, backend));
    const wide: Output = JSON.parse(await run(path, true, backend));
    expect(wide.enabled).toBe(true);
    expect(wide.results).toEqual(narrow.results);
    for (const [i, { text, embedding }] of cases.entries())
      expect(largestDifference(wide.results.f32[i]!, embedding), text).toBeLessThan(1e-5);
  });

  test.each(['simd', 'relaxed-simd'])('joins the tiles of the %s build wholly', async (build) => {
    const output = await runCommand(project.path, process.execPath, [joined, nodeWithWideSimd.path, build]);
    expect(output).toMatch(/^\d+ tiles, 0 of them not wholly joined$/m);
  });
});

test(`Node ${runtimes[0]!.version} refuses`, async () => {
  await expect(run(runtimes[0]!.path, true, 'auto')).rejects.toThrow(
    /WideSimdError: enableWideSimd: expected Node 26 or newer/,
  );
});
