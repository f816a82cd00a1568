import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type KernelBuild, loadKernel } from '../index.ts';
import { compileTrainingKernel, loadTrainingKernel } from '../training.ts';

const builds: readonly KernelBuild[] = ['simd', 'relaxed-simd'];

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(builds)('training module, %s build', (build) => {
  it('is at most 48 KB, imports only the memory and is the module that the package embeds', async () => {
    const bytes = await readFile(new URL(`../../dist/training-${build}.wasm`, import.meta.url));
    expect(bytes.length).toBeLessThanOrEqual(48 * 1024);
    const module = await WebAssembly.compile(new Uint8Array(bytes));
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
    const { deflated } = await import(`../generated/training-${build}.ts`);
    expect(inflateSync(Buffer.from(deflated, 'base64')).equals(bytes)).toBe(true);
  });

  it('works on the memory of the kernel, also after it has grown', async () => {
    const kernel = await loadKernel({ build });
    const training = await loadTrainingKernel(kernel);
    const x = kernel.memory.allocate(4 * 5);
    kernel.memory.allocate(1 << 20);
    const y = kernel.memory.allocate(4 * 5);
    kernel.memory.f32(x, 5).set([1, 2, 3, 4, 5]);
    kernel.memory.f32(y, 5).set([10, 20, 30, 40, 50]);
    training.addScaled(x, 5, y, 5, 1, 5, 2);
    expect([...kernel.memory.f32(y, 5)]).toEqual([12, 24, 36, 48, 60]);
  });

  it('has static data where the kernel has neither static data nor a heap', async () => {
    const kernel = await loadKernel({ build });
    const before = new Uint8Array(kernel.exports.memory.buffer).slice();
    const training = await loadTrainingKernel(kernel);
    const after = new Uint8Array(kernel.exports.memory.buffer);
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
    expect(changed.filter((i) => i < 4096 || i >= kernel.exports.heapBase())).toEqual([]);
    expect(before.subarray(4096).every((byte) => byte === 0)).toBe(true);
    expect(training.heapBase()).toBe(kernel.exports.heapBase());
  });

  it('is compiled once for several kernels, or by the caller', async () => {
    const module = await compileTrainingKernel(build);
    expect(await compileTrainingKernel(build)).toBe(module);
    const [one, two] = [await loadKernel({ build }), await loadKernel({ build })];
    const compile = vi.spyOn(WebAssembly, 'compile');
    await Promise.all([loadTrainingKernel(one), loadTrainingKernel(two), loadTrainingKernel(one, module)]);
    expect(compile).not.toHaveBeenCalled();
  });

  it('has exactly the exports that are declared', async () => {
    const source = await readFile(new URL('./exports.ts', import.meta.url), 'utf8');
    const declared = [...source.matchAll(/^ {2}(?:(\w+)\(|readonly (\w+):)/gm)].map(
      ([, method, property]) => method ?? property,
    );
    const exported = WebAssembly.Module.exports(await compileTrainingKernel(build)).map(({ name }) => name);
    expect(declared.toSorted()).toEqual(exported.toSorted());
  });
});
