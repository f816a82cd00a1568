import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/index.ts';
import type { TrainingExports } from '../../src/training.ts';
import { browsers, digestsIn } from './browsers.ts';
import { digests } from './gradients-program.ts';

// As determinism.test.ts, for gradients of the training module.

const wasm = readFileSync(new URL('../../dist/simd.wasm', import.meta.url));
const trainingWasm = readFileSync(new URL('../../dist/training-simd.wasm', import.meta.url));
const committed = fileURLToPath(new URL('gradients.json', import.meta.url));

async function run(): Promise<Record<string, string>> {
  const kernel = (await WebAssembly.instantiate(wasm)).instance.exports as unknown as KernelExports;
  const { instance } = await WebAssembly.instantiate(trainingWasm, { env: { memory: kernel.memory } });
  return digests(kernel, instance.exports as unknown as TrainingExports);
}

describe(`gradients of the simd build in Node and ${Object.keys(browsers).join(' and ')}`, () => {
  it('have the committed digests in Node', async () => {
    await expect(`${JSON.stringify(await run(), undefined, 2)}\n`).toMatchFileSnapshot(committed);
  });

  it('have the same digests in a new instance', async () => {
    expect(await run()).toEqual(await run());
  });

  it.each(Object.entries(browsers))(
    'have the same digests in %s',
    async (_name, open) => {
      expect(await digestsIn(open, wasm, { program: 'gradients-program.ts', trainingWasm })).toEqual(
        await run(),
      );
    },
    120_000,
  );
});
