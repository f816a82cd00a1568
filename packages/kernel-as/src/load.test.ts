import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { activationCodes, type KernelBuild } from './index.ts';

const builds: readonly KernelBuild[] = ['simd', 'relaxed-simd'];

/** The loader, imported anew for each test: it caches compiled modules. */
let loader: typeof import('./index.ts');

beforeEach(async () => {
  vi.resetModules();
  loader = await import('./index.ts');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.doUnmock('./generated/simd.ts');
  vi.doUnmock('./not-compiled.ts');
});

/** Simulates an engine with only these features. The probe for relaxed SIMD is the longer one. */
function engineWith(...features: KernelBuild[]): void {
  vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) =>
    features.includes(bytes.byteLength > 32 ? 'relaxed-simd' : 'simd'),
  );
}

function wasm(build: KernelBuild): Promise<Buffer<ArrayBuffer>> {
  return readFile(new URL(`../dist/${build}.wasm`, import.meta.url)) as Promise<Buffer<ArrayBuffer>>;
}

describe.each(builds)('%s build', (build) => {
  it('is at most 64 KB with the extended module, imports nothing and is the module that the package embeds', async () => {
    const bytes = await wasm(build);
    const extended = await readFile(new URL(`../dist/extended-${build}.wasm`, import.meta.url));
    expect(bytes.length + extended.length).toBeLessThanOrEqual(64 * 1024);
    const module = await WebAssembly.compile(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const embedded = await loader.compileKernel(build);
    expect(WebAssembly.Module.exports(embedded)).toEqual(WebAssembly.Module.exports(module));
    const { deflated } = await import(`./generated/${build}.ts`);
    expect(inflateSync(Buffer.from(deflated, 'base64')).equals(bytes)).toBe(true);
  });

  it('loads with an allocator that starts after the static data', async () => {
    const kernel = await loader.loadKernel({ build });
    expect(kernel.build).toBe(build);
    expect(kernel).toBeInstanceOf(loader.Kernel);
    const address = kernel.memory.allocate(16);
    expect(address).toBeGreaterThanOrEqual(kernel.exports.heapBase());
    kernel.memory.f32(address, 4).set([-1, 0, 1, 2]);
    kernel.exports.activate(address, 4, address, 4, 1, 4, activationCodes.relu);
    expect([...kernel.memory.f32(address, 4)]).toEqual([0, 0, 1, 2]);
  });

  it('compiles once for concurrent loads, whose instances have separate memories', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    const kernels = await Promise.all(Array.from({ length: 8 }, () => loader.loadKernel({ build })));
    expect(compile).toHaveBeenCalledTimes(2);
    const addresses = kernels.map(({ memory }) => memory.allocate(64));
    for (const [i, { memory }] of kernels.entries()) memory.f32(addresses[i]!, 1)[0] = i;
    expect(kernels.map(({ memory }, i) => memory.f32(addresses[i]!, 1)[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('loads from a module compiled by the caller', async () => {
    const module = await WebAssembly.compile(await wasm(build));
    const compile = vi.spyOn(WebAssembly, 'compile');
    const kernel = await loader.loadKernel({ build, module, extended: false });
    expect(kernel.build).toBe(build);
    expect(kernel.exports.packedBytes(3, 9)).toBe(16 * 3 * 4);
    expect(compile).not.toHaveBeenCalled();
  });

  it('throws UnsupportedBuildError when the engine does not support it', async () => {
    engineWith(...builds.filter((other) => other !== build));
    expect(loader.supportsBuild(build)).toBe(false);
    const message = `the ${build} kernel requires WebAssembly ${build}, which this engine does not support`;
    await expect(loader.loadKernel({ build })).rejects.toMatchObject({
      name: 'UnsupportedBuildError',
      build,
      message,
    });
    await expect(loader.compileKernel(build)).rejects.toBeInstanceOf(loader.UnsupportedBuildError);
  });

  it('is compiled again after a failure', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new RangeError('out of memory'));
    await expect(loader.loadKernel({ build })).rejects.toThrow('out of memory');
    expect((await loader.loadKernel({ build })).build).toBe(build);
  });
});

describe.each(builds)('extended functions, %s build', (build) => {
  it('import only the memory and are the module that the package embeds', async () => {
    const bytes = await readFile(new URL(`../dist/extended-${build}.wasm`, import.meta.url));
    const module = await loader.compileExtendedFunctions(build);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
    const { deflated } = await import(`./generated/extended-${build}.ts`);
    expect(inflateSync(Buffer.from(deflated, 'base64')).equals(bytes)).toBe(true);
  });

  it('are absent until they are loaded, and are loaded once for concurrent calls', async () => {
    const kernel = await loader.loadKernel({ build, extended: false });
    expect(loader.hasExtendedFunctions(kernel)).toBe(false);
    const compile = vi.spyOn(WebAssembly, 'compile');
    await Promise.all([loader.loadExtendedFunctions(kernel), loader.loadExtendedFunctions(kernel)]);
    expect(loader.hasExtendedFunctions(kernel)).toBe(true);
    const { exports } = kernel;
    await loader.loadExtendedFunctions(kernel);
    expect(kernel.exports).toBe(exports);
    expect(compile).toHaveBeenCalledTimes(1);
  });

  it('work on the memory of the kernel, from a module compiled by the caller', async () => {
    const module = await loader.compileExtendedFunctions(build);
    const kernel = await loader.loadKernel({ build, extended: false });
    await loader.loadExtendedFunctions(kernel, module);
    const [k, n] = [4, 8];
    const { memory, exports } = kernel;
    const weight = memory.allocate(k * n * 4);
    memory.f32(weight, k * n).set(Float32Array.from({ length: k * n }, (_, i) => i));
    const packed = memory.allocate(exports.packed16Bytes(k, n));
    exports.pack16(weight, k, n, 0, n, packed);
    const [ids, out] = [memory.allocate(4), memory.allocate(k * 4)];
    memory.setI32(ids, Int32Array.of(2));
    exports.gatherLinear(packed, 16, 0, n, k, ids, 1, out);
    expect([...memory.f32(out, k)]).toEqual([8, 9, 10, 11]);
  });

  it('have static data where neither the kernel nor the training module has any', async () => {
    const kernel = await loader.loadKernel({ build, extended: false });
    const before = new Uint8Array(kernel.exports.memory.buffer).slice();
    await loader.loadExtendedFunctions(kernel);
    const after = new Uint8Array(kernel.exports.memory.buffer);
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
    expect(changed.filter((i) => i < 2048 || i >= 4096)).toEqual([]);
    expect(before.subarray(2048).every((byte) => byte === 0)).toBe(true);
  });
});

describe('where the environment forbids what a module needs', () => {
  const refused = () => new WebAssembly.CompileError('Wasm code generation disallowed by embedder');

  it.each([
    ['a runtime', undefined, '--conditions=workerd,worker,browser --loader:.wasm=copy'],
    [
      'an extension',
      'chrome-extension:',
      `"extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'"`,
    ],
    ['a page', 'https:', "Add 'wasm-unsafe-eval' to script-src"],
  ])('loading rejects with the line to add: %s that compiles no WebAssembly', async (_, protocol, line) => {
    vi.stubGlobal('location', protocol && { protocol });
    const cause = refused();
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(cause);
    const error = await loader.loadKernel().catch((error) => error);
    expect(error).toBeInstanceOf(loader.HeadwiseError);
    expect(error).toMatchObject({ code: 'ERR_ENVIRONMENT', cause });
    expect(error.message).toContain(line);
    expect(error.message).toContain(cause.message);
  });

  it('loading rejects so, too, where the module is refused when it is instantiated', async () => {
    vi.stubGlobal('location', { protocol: 'https:' });
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValueOnce(refused());
    await expect(loader.loadKernel()).rejects.toMatchObject({ code: 'ERR_ENVIRONMENT' });
  });

  it('other failures pass through', async () => {
    const cause = new RangeError('out of memory');
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(cause);
    await expect(loader.compileKernel('simd')).rejects.toBe(cause);
    await expect(loader.compileKernel('simd')).resolves.toBeInstanceOf(WebAssembly.Module);
  });

  it('where import() fails, loading rejects with the entry that has none', async () => {
    for (const file of ['./generated/simd.ts', './not-compiled.ts'])
      vi.doMock(file, () => {
        throw new TypeError('import() is disallowed');
      });
    const error = await loader.loadKernel({ build: 'simd' }).catch((error) => error);
    expect(error).toMatchObject({ name: 'HeadwiseError', code: 'ERR_ENVIRONMENT' });
    expect(error.message).toContain("import from '@headwise/core/bundle'");
  });
});

describe('loadKernel', () => {
  it('uses relaxed SIMD if the engine supports it, else SIMD', async () => {
    expect((await loader.loadKernel()).build).toBe('relaxed-simd');
    engineWith('simd');
    expect((await loader.loadKernel({ build: 'auto' })).build).toBe('simd');
  });

  it('throws UnsupportedBuildError when the engine supports neither build', async () => {
    engineWith();
    await expect(loader.loadKernel()).rejects.toMatchObject({ name: 'UnsupportedBuildError', build: 'simd' });
  });

  it('throws when a module is given without its build', async () => {
    const module = await WebAssembly.compile(await wasm('simd'));
    await expect(loader.loadKernel({ module })).rejects.toThrow(
      'loadKernel: build must be named when module is given, got "auto"',
    );
  });

  it('declares exactly the exports of both modules', async () => {
    const modules = [await loader.compileKernel('simd'), await loader.compileExtendedFunctions('simd')];
    const source = await readFile(new URL('./exports.ts', import.meta.url), 'utf8');
    const declared = [...source.matchAll(/^ {2}(?:(\w+)\(|readonly (\w+):)/gm)].map(
      ([, method, property]) => method ?? property,
    );
    const exported = modules.flatMap((module) => WebAssembly.Module.exports(module).map(({ name }) => name));
    expect(declared.toSorted()).toEqual([...new Set(exported)].toSorted());
  });
});
