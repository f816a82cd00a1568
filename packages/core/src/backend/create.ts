import { loadKernel, loadQuantizedFunctions, supportsBuild } from '@headwise/kernel';
import { ConfigError, UnsupportedBuildError } from '../errors.ts';
import type { Backend, BackendName, WeightType } from './backend.ts';
import { WasmBackend } from './wasm/wasm.ts';

/** A backend by name, or `auto`: the fastest WebAssembly build that the engine supports. */
export type BackendChoice = BackendName | 'auto';

/** The backends that this engine supports, fastest first. */
export function availableBackends(): BackendName[] {
  const names: BackendName[] = [];
  if (supportsBuild('relaxed-simd')) names.push('wasm-relaxed-simd');
  if (supportsBuild('simd')) names.push('wasm-simd');
  names.push('reference');
  return names;
}

/**
 * Creates a backend with its own memory. The default `auto` never falls back to the reference backend.
 *
 * Throws `ConfigError` for an unknown name, and `UnsupportedBuildError` for a build that the engine does not support.
 */
export async function createBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  const backend = await createFloatBackend(choice);
  await prepareWeights(backend, 'q8');
  return backend;
}

/** As {@link createBackend}, for weights in f32: {@link prepareWeights} must be called before weights of other types are created. */
export async function createFloatBackend(choice: BackendChoice): Promise<Backend> {
  switch (choice) {
    case 'reference': {
      // Imported dynamically: applications that do not use it do not load it.
      const { ReferenceBackend } = await import('./reference/reference.ts');
      return new ReferenceBackend();
    }
    case 'auto':
    case 'wasm-simd':
    case 'wasm-relaxed-simd': {
      const relaxed = choice === 'wasm-relaxed-simd' || (choice === 'auto' && supportsBuild('relaxed-simd'));
      const build = relaxed ? 'relaxed-simd' : 'simd';
      // Known at once: loaders find it out before they request anything.
      if (!supportsBuild(build)) throw new UnsupportedBuildError(build);
      return new WasmBackend(await loadKernel({ build, quantized: false }));
    }
    default:
      throw new ConfigError(
        `backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got ${JSON.stringify(choice)}`,
      );
  }
}

/** Loads what a backend needs for weights of a type, if it does not have it yet. */
export async function prepareWeights(backend: Backend, dtype: WeightType): Promise<void> {
  if (dtype !== 'f32' && backend instanceof WasmBackend) await loadQuantizedFunctions(backend.kernel);
}
