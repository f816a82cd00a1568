import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { activationCodes, type KernelBuild } from './index.ts';

const builds: readonly KernelBuild[] = ['simd', 'relaxed-simd'];

/** The loader as it is before anything was compiled: it remembers compiled modules. */
let loader: typeof import('./index.ts');

beforeEach(async () => {
  vi.resetModules();
  loader = await import('./index.ts');
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** As an engine that has only these; the probe for relaxed SIMD is the longer one. */
function engineWith(...features: KernelBuild[]): void {
  vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) =>
    features.includes(bytes.byteLength > 32 ? 'relaxed-simd' : 'simd'),
  );
}

function wasm(build: KernelBuild): Promise<Buffer<ArrayBuffer>> {
  return readFile(new URL(`../dist/${build}.wasm`, import.meta.url)) as Promise<Buffer<ArrayBuffer>>;
}

describe.each(builds)('the %s build', (build) => {
  it('is no larger than 64 KB, imports nothing, and is what the package embeds', async () => {
    const bytes = await wasm(build);
    expect(bytes.length).toBeLessThanOrEqual(64 * 1024);
    const module = await WebAssembly.compile(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const embedded = await loader.compileKernel(build);
    expect(WebAssembly.Module.exports(embedded)).toEqual(WebAssembly.Module.exports(module));
    const { base64 } = await import(`./generated/${build}.ts`);
    expect(Buffer.from(base64, 'base64').equals(bytes)).toBe(true);
  });

  it('loads, with memory that begins after what the module uses', async () => {
    const kernel = await loader.loadKernel({ build });
    expect(kernel.build).toBe(build);
    expect(kernel).toBeInstanceOf(loader.Kernel);
    const address = kernel.memory.allocate(16);
    expect(address).toBeGreaterThanOrEqual(kernel.exports.heapBase());
    kernel.memory.f32(address, 4).set([-1, 0, 1, 2]);
    kernel.exports.activate(address, 4, address, 4, 1, 4, activationCodes.relu);
    expect([...kernel.memory.f32(address, 4)]).toEqual([0, 0, 1, 2]);
  });

  it('loads many times at once from one compilation, each with its own memory', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    const kernels = await Promise.all(Array.from({ length: 8 }, () => loader.loadKernel({ build })));
    expect(compile).toHaveBeenCalledTimes(1);
    const addresses = kernels.map(({ memory }) => memory.allocate(64));
    for (const [i, { memory }] of kernels.entries()) memory.f32(addresses[i]!, 1)[0] = i;
    expect(kernels.map(({ memory }, i) => memory.f32(addresses[i]!, 1)[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('loads from a module compiled elsewhere', async () => {
    const module = await WebAssembly.compile(await wasm(build));
    const compile = vi.spyOn(WebAssembly, 'compile');
    const kernel = await loader.loadKernel({ build, module });
    expect(kernel.build).toBe(build);
    expect(kernel.exports.packedBytes(3, 9)).toBe(16 * 3 * 4);
    expect(compile).not.toHaveBeenCalled();
  });

  it('is refused by an engine without it', async () => {
    engineWith(...builds.filter((other) => other !== build));
    expect(loader.supportsBuild(build)).toBe(false);
    const message = `the ${build} kernel needs WebAssembly ${build}, which this engine does not have`;
    await expect(loader.loadKernel({ build })).rejects.toMatchObject({
      name: 'UnsupportedBuildError',
      build,
      message,
    });
    await expect(loader.compileKernel(build)).rejects.toBeInstanceOf(loader.UnsupportedBuildError);
  });

  it('is compiled anew after a failure', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new RangeError('out of memory'));
    await expect(loader.loadKernel({ build })).rejects.toThrow('out of memory');
    expect((await loader.loadKernel({ build })).build).toBe(build);
  });
});

describe('loadKernel', () => {
  it('takes relaxed SIMD where the engine has it, and SIMD where not', async () => {
    expect((await loader.loadKernel()).build).toBe('relaxed-simd');
    engineWith('simd');
    expect((await loader.loadKernel({ build: 'auto' })).build).toBe('simd');
  });

  it('refuses an engine with neither', async () => {
    engineWith();
    await expect(loader.loadKernel()).rejects.toMatchObject({ name: 'UnsupportedBuildError', build: 'simd' });
  });

  it('wants to know of what build a module is', async () => {
    const module = await WebAssembly.compile(await wasm('simd'));
    await expect(loader.loadKernel({ module })).rejects.toThrow(
      'loadKernel: a module of its own needs its build named',
    );
  });

  it('knows the same exports as the module has', async () => {
    const module = await loader.compileKernel('simd');
    const source = await readFile(new URL('./exports.ts', import.meta.url), 'utf8');
    const declared = [...source.matchAll(/^ {2}(?:(\w+)\(|readonly (\w+):)/gm)].map(
      ([, method, property]) => method ?? property,
    );
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(declared.toSorted()).toEqual(exported.toSorted());
  });
});
