import { afterEach, describe, expect, it, vi } from 'vitest';
import { availableBackends, type BackendChoice, createBackend } from '../index.ts';

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
