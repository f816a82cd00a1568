import { afterEach, describe, expect, it, vi } from 'vitest';
import { availableBackends, type BackendChoice, createBackend } from '../index.ts';

/** As an engine that has nothing, or all but relaxed SIMD, whose probe is the longer one. */
function engineWith(...features: ('simd' | 'relaxed-simd')[]): void {
  vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) =>
    features.includes(bytes.byteLength > 32 ? 'relaxed-simd' : 'simd'),
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('createBackend', () => {
  it.each(['reference', 'wasm-simd', 'wasm-relaxed-simd'] as const)('makes %s by name', async (name) => {
    expect((await createBackend(name)).name).toBe(name);
  });

  it('takes the fastest build that the engine has', async () => {
    expect((await createBackend()).name).toBe('wasm-relaxed-simd');
    expect(availableBackends()).toEqual(['wasm-relaxed-simd', 'wasm-simd', 'reference']);
    engineWith('simd');
    expect((await createBackend('auto')).name).toBe('wasm-simd');
    expect(availableBackends()).toEqual(['wasm-simd', 'reference']);
  });

  it('never falls back to the reference by itself, and says what the engine lacks', async () => {
    engineWith();
    expect(availableBackends()).toEqual(['reference']);
    await expect(createBackend('auto')).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: 'backend: this engine has no WebAssembly simd, which auto needs',
    });
    await expect(createBackend('wasm-relaxed-simd')).rejects.toMatchObject({
      message: 'backend: this engine has no WebAssembly relaxed-simd, which wasm-relaxed-simd needs',
    });
    expect((await createBackend('reference')).name).toBe('reference');
  });

  it('names the choices when it does not know one', async () => {
    await expect(createBackend('webgpu' as BackendChoice)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: 'backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got "webgpu"',
    });
  });

  it('gives each backend memory of its own', async () => {
    const [a, b] = await Promise.all([createBackend('wasm-simd'), createBackend('wasm-simd')]);
    const x = a.constant(Float32Array.of(1), [1]);
    const y = b.constant(Float32Array.of(2), [1]);
    expect([...a.read(x), ...b.read(y)]).toEqual([1, 2]);
  });
});
