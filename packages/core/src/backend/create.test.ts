import { afterEach, describe, expect, it, vi } from 'vitest';
import { availableBackends, type BackendChoice, createBackend } from '../index.ts';
import { createFloatBackend, extendBackend } from './create.ts';

/** Simulates an engine with only these features. The probe for relaxed SIMD is the longer one. */
function engineWith(...features: ('simd' | 'relaxed-simd')[]): void {
  vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) =>
    features.includes(bytes.byteLength > 32 ? 'relaxed-simd' : 'simd'),
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('createBackend', () => {
  it.each(['reference', 'wasm-simd', 'wasm-relaxed-simd'] as const)('creates %s by name', async (name) => {
    expect((await createBackend(name)).name).toBe(name);
  });

  it('uses the fastest build that the engine supports', async () => {
    expect((await createBackend()).name).toBe('wasm-relaxed-simd');
    expect(availableBackends()).toEqual(['wasm-relaxed-simd', 'wasm-simd', 'reference']);
    engineWith('simd');
    expect((await createBackend('auto')).name).toBe('wasm-simd');
    expect(availableBackends()).toEqual(['wasm-simd', 'reference']);
  });

  it('throws UnsupportedBuildError instead of falling back to the reference when a build is not supported', async () => {
    engineWith();
    expect(availableBackends()).toEqual(['reference']);
    await expect(createBackend('auto')).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED_BUILD',
      message: 'the simd kernel requires WebAssembly simd, which this engine does not support',
    });
    await expect(createBackend('wasm-relaxed-simd')).rejects.toMatchObject({
      message:
        'the relaxed-simd kernel requires WebAssembly relaxed-simd, which this engine does not support',
    });
    expect((await createBackend('reference')).name).toBe('reference');
  });

  it('throws UnsupportedBuildError where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    try {
      expect(availableBackends()).toEqual(['reference']);
      await expect(createBackend()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED_BUILD' });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('throws ConfigError with the valid names for an unknown name', async () => {
    await expect(createBackend('webgpu' as BackendChoice)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: 'backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got "webgpu"',
    });
  });

  it('creates backends with separate memories', async () => {
    const [a, b] = await Promise.all([createBackend('wasm-simd'), createBackend('wasm-simd')]);
    const x = a.constant(Float32Array.of(1), [1]);
    const y = b.constant(Float32Array.of(2), [1]);
    expect([...a.read(x), ...b.read(y)]).toEqual([1, 2]);
  });
});

describe.each(['wasm-simd', 'wasm-relaxed-simd'] as const)('a backend for weights in f32, %s', (name) => {
  const weight = Float32Array.of(1, 2, 3, 4);

  it('refuses weights of other types, and recurrent cells, until it is extended', async () => {
    const backend = await createFloatBackend(name);
    backend.linearWeights(weight, undefined, 2, 'f32');
    for (const dtype of ['f16', 'q8', 'q4'] as const) {
      const message = `wasm: this backend was created for a model in f32, without weights in ${dtype}: use a backend of createBackend()`;
      expect(() => backend.linearWeights(weight, undefined, 2, dtype)).toThrow(message);
    }
    const end = backend.openScope();
    const [gates, cell] = [backend.zeros([1, 8]), backend.zeros([1, 2])];
    expect(() => backend.lstmGates(gates, cell)).toThrow('without recurrent cells');
    const three = backend.zeros([1, 6]);
    expect(() => backend.gruGates(three, three, cell)).toThrow('without recurrent cells');
    await extendBackend(backend);
    expect([...backend.read(backend.lstmGates(gates, cell).hidden)]).toEqual([0, 0]);
    end();
  });

  it('refuses tables of other types', async () => {
    const backend = await createFloatBackend(name);
    const linear = backend.linearWeights(weight, undefined, 2, 'f32');
    expect(() => backend.embeddingTable(weight, 2, 'f16')).toThrow('weights in f16');
    expect(() => backend.embeddingTable(weight, 2, 'q4')).toThrow('weights in');
    backend.release(linear);
    expect(backend.weightBytes).toBe(0);
  });

  it('creates weights of all types, and recurrent cells, once it is extended, as one of createBackend() does', async () => {
    const backend = await createFloatBackend(name);
    await extendBackend(backend);
    const whole = await createBackend(name);
    const run = (of: typeof whole, dtype: 'f32' | 'f16' | 'q8' | 'q4') => {
      const end = of.openScope();
      const out = of.read(
        of.linear(of.tensor(Float32Array.of(5, 6), [1, 2]), of.linearWeights(weight, undefined, 2, dtype)),
      );
      end();
      return [...out];
    };
    for (const dtype of ['f32', 'f16', 'q8', 'q4'] as const) {
      expect(run(backend, dtype)).toEqual(run(whole, dtype));
    }
  });
});
