import { loadExtendedFunctions, loadKernel, supportsBuild } from '@headwise/kernel';
import { ConfigError, UnsupportedBuildError } from '../errors.ts';
import { describeValue } from '../options.ts';
import type { Backend, BackendName } from './backend.ts';
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
  await extendBackend(backend);
  return backend;
}

/**
 * As {@link createBackend}, for transformers in f32: {@link extendBackend} must be called before anything else is created.
 *
 * @param wide whether kernels have tiles of 256 bits. Default: whether `enableWideSimd` found that they are faster
 */
export async function createFloatBackend(choice: BackendChoice, wide?: boolean): Promise<Backend> {
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
      return new WasmBackend(await loadKernel({ build, extended: false, wide }));
    }
    default:
      throw new ConfigError(
        `backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got ${describeValue(choice)}`,
      );
  }
}

/** Loads what a backend needs for weights of other types than f32 and for recurrent cells, if it does not have it yet. */
export async function extendBackend(backend: Backend): Promise<void> {
  if (backend instanceof WasmBackend) await loadExtendedFunctions(backend.kernel);
}
