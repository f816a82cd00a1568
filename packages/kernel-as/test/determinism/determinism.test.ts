import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/index.ts';
import { browsers, digestsIn } from './browsers.ts';
import { digests } from './program.ts';

// The portable build has no instruction with implementation-defined results: its results are bit-identical on all machines. A
// kernel that sums in another order has other digests: run `vitest run test/determinism -u` and commit them.

const wasm = readFileSync(new URL('../../dist/simd.wasm', import.meta.url));
const committed = fileURLToPath(new URL('simd.json', import.meta.url));

async function instantiate(): Promise<KernelExports> {
  const { instance } = await WebAssembly.instantiate(wasm);
  return instance.exports as unknown as KernelExports;
}

describe(`simd build in Node and ${Object.keys(browsers).join(' and ')}`, () => {
  it('gives the committed digests in Node', async () => {
    const found = await digests(await instantiate());
    await expect(`${JSON.stringify(found, undefined, 2)}\n`).toMatchFileSnapshot(committed);
  });

  it('gives the same digests in a second run, and in a new instance', async () => {
    const used = await instantiate();
    const first = await digests(used);
    expect(await digests(used)).toEqual(first);
    expect(await digests(await instantiate())).toEqual(first);
  });

  it('has a digest for every function of the kernel that computes', async () => {
    const exports = await instantiate();
    const others = /Bytes$|Scratch$|^heapBase$|^memory$|^fusedDot$/;
    const computing = Object.keys(exports).filter((name) => !others.test(name));
    expect(Object.keys(await digests(exports)).sort()).toEqual(computing.sort());
  });

  it.each(Object.entries(browsers))(
    'gives the same digests in %s',
    async (_name, open) => {
      expect(await digestsIn(open, wasm)).toEqual(await digests(await instantiate()));
    },
    120_000,
  );
});
