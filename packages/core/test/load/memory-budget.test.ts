import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { createBackend, loadModel, type WeightType } from '../../src/index.ts';
import { MINILM } from '../helpers/minilm.ts';
import { storiesFiles } from '../helpers/stories.ts';

// The table of docs/loading.md: WebAssembly memory after loading. `npm run verify -- load-memory` measures processes, and what would take long here.

const MiB = 2 ** 20;
type Source = Parameters<typeof loadModel>[0];
const SOURCES: readonly [name: string, types: readonly WeightType[], source: () => Promise<Source>][] = [
  ['all-MiniLM-L6-v2', ['f32', 'q4'], async () => MINILM],
  ['stories15M', ['q8'], storiesFiles],
  ...['bert-mini', 'ko-student', 'gpt-mini', 't5-mini', 'g2p-attention'].map(
    (name): (typeof SOURCES)[number] => [
      name,
      ['f32', 'q8', 'q4'],
      async () => fileURLToPath(new URL(`../../../models/models/${name}`, import.meta.url)),
    ],
  ),
];
const page = readFileSync(new URL('../../../../docs/loading.md', import.meta.url), 'utf8');

it.each(SOURCES)('%s takes the memory that docs/loading.md states', async (name, types, source) => {
  for (const dtype of types) {
    const stated = Number(
      page.match(new RegExp(`^\\| \`${name}\`[^|]*\\| ${dtype} \\| ([\\d.]+) \\|`, 'm'))?.[1],
    );
    const backend = (await createBackend('wasm-simd')) as WasmBackend;
    expect(backend).toBeInstanceOf(WasmBackend);
    const model = await loadModel(await source(), { dtype, backend });
    const used = backend.memoryBytes / MiB;
    expect(used, dtype).toBeLessThanOrEqual(stated + 0.1);
    expect(used, dtype).toBeGreaterThan(0.95 * stated - 0.1);
    await model.dispose();
  }
});
