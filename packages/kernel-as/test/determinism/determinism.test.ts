import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/index.ts';
import type { TrainingExports } from '../../src/training.ts';
import { browsers, type Digests, digestsIn } from './browsers.ts';
import { digests } from './program.ts';
import { trainingDigests } from './training.ts';

// The portable builds have no instruction with implementation-defined results: their results are bit-identical on all machines. A
// kernel that sums in another order has other digests: run `vitest run test/determinism -u` and commit them.

const wasm = {
  'simd.wasm': readFileSync(new URL('../../dist/simd.wasm', import.meta.url)),
  'extended-simd.wasm': readFileSync(new URL('../../dist/extended-simd.wasm', import.meta.url)),
  'training-simd.wasm': readFileSync(new URL('../../dist/training-simd.wasm', import.meta.url)),
};
const committed = {
  kernel: fileURLToPath(new URL('simd.json', import.meta.url)),
  training: fileURLToPath(new URL('training-simd.json', import.meta.url)),
};

interface Instances {
  readonly kernel: KernelExports;
  readonly training: TrainingExports;
}

async function instantiate(): Promise<Instances> {
  const { instance } = await WebAssembly.instantiate(wasm['simd.wasm']);
  const memory = instance.exports.memory as WebAssembly.Memory;
  const extended = await WebAssembly.instantiate(wasm['extended-simd.wasm'], { env: { memory } });
  const training = await WebAssembly.instantiate(wasm['training-simd.wasm'], { env: { memory } });
  const kernel = { ...instance.exports, ...extended.instance.exports } as unknown as KernelExports;
  return { kernel, training: training.instance.exports as unknown as TrainingExports };
}

async function digestsOf({ kernel, training }: Instances): Promise<Digests> {
  return { kernel: await digests(kernel), training: await trainingDigests(training, kernel) };
}

describe(`simd builds in Node and ${Object.keys(browsers).join(' and ')}`, () => {
  it.each(['kernel', 'training'] as const)('give the committed digests in Node (%s)', async (name) => {
    const found = (await digestsOf(await instantiate()))[name];
    await expect(`${JSON.stringify(found, undefined, 2)}\n`).toMatchFileSnapshot(committed[name]);
  });

  it('give the same digests in a second run, and in a new instance', async () => {
    const used = await instantiate();
    const first = await digestsOf(used);
    expect(await digestsOf(used)).toEqual(first);
    expect(await digestsOf(await instantiate())).toEqual(first);
  });

  it.each(['kernel', 'training'] as const)(
    'have a digest for every function that computes (%s)',
    async (name) => {
      const instances = await instantiate();
      const others = /Bytes$|Scratch$|^heapBase$|^memory$|^fusedDot$/;
      const computing = Object.keys(instances[name]).filter((own) => !others.test(own));
      expect(Object.keys((await digestsOf(instances))[name]).sort()).toEqual(computing.sort());
    },
  );

  it.each(Object.entries(browsers))(
    'give the same digests in %s',
    async (_name, open) => {
      expect(await digestsIn(open, wasm)).toEqual(await digestsOf(await instantiate()));
    },
    120_000,
  );
});
