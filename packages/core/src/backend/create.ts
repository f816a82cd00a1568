import { loadKernel, supportsBuild } from '@headwise/kernel';
import { ConfigError } from '../errors.ts';
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
 * Throws `ConfigError` for an unknown name, and for a build that the engine does not support.
 */
export async function createBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  switch (choice) {
    case 'reference': {
      // Imported dynamically: applications that do not use it do not load it.
      const { ReferenceBackend } = await import('./reference/reference.ts');
      return new ReferenceBackend();
    }
    case 'auto':
    case 'wasm-simd':
    case 'wasm-relaxed-simd': {
      const build =
        choice === 'auto'
          ? supportsBuild('relaxed-simd')
            ? 'relaxed-simd'
            : 'simd'
          : choice === 'wasm-simd'
            ? 'simd'
            : 'relaxed-simd';
      if (!supportsBuild(build)) {
        throw new ConfigError(
          `backend: ${choice} requires WebAssembly ${build}, which this engine does not support`,
        );
      }
      return new WasmBackend(await loadKernel({ build }));
    }
    default:
      throw new ConfigError(
        `backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got ${JSON.stringify(choice)}`,
      );
  }
}
