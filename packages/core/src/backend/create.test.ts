import { afterEach, describe, expect, it, vi } from 'vitest';
import { availableBackends, type BackendChoice, createBackend } from '../index.ts';
import { createFloatBackend, prepareWeights } from './create.ts';

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

  it('throws ConfigError instead of falling back to the reference when a build is not supported', async () => {
    engineWith();
    expect(availableBackends()).toEqual(['reference']);
    await expect(createBackend('auto')).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: 'backend: auto requires WebAssembly simd, which this engine does not support',
    });
    await expect(createBackend('wasm-relaxed-simd')).rejects.toMatchObject({
      message:
        'backend: wasm-relaxed-simd requires WebAssembly relaxed-simd, which this engine does not support',
    });
    expect((await createBackend('reference')).name).toBe('reference');
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

  it('refuses weights of other types, also after weights in f32 were created', async () => {
    const backend = await createFloatBackend(name);
    const linear = backend.linearWeights(weight, undefined, 2, 'f32');
    for (const dtype of ['f16', 'q8', 'q4'] as const) {
      const message = `wasm: this backend was created for a model in f32, and has no functions for weights in ${dtype}: use a backend of createBackend()`;
      expect(() => backend.linearWeights(weight, undefined, 2, dtype)).toThrow(message);
    }
    expect(() => backend.embeddingTable(weight, 2, 'f16')).toThrow('weights in f16');
    expect(() => backend.embeddingTable(weight, 2, 'q4')).toThrow('weights in q8');
    backend.release(linear);
    expect(backend.weightBytes).toBe(0);
  });

  it('creates weights of all types once it is prepared for one of them, as one of createBackend() does', async () => {
    const backend = await createFloatBackend(name);
    await prepareWeights(backend, 'f32');
    expect(() => backend.linearWeights(weight, undefined, 2, 'q8')).toThrow('weights in q8');
    await prepareWeights(backend, 'q4');
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
