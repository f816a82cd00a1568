import { loadKernel, supportsBuild } from '@headwise/kernel';
import { ConfigError } from '../errors.ts';
import type { Backend, BackendName } from './backend.ts';
import { WasmBackend } from './wasm/wasm.ts';

/** What an app asks for: a backend by name, or the fastest that the engine supports. */
export type BackendChoice = BackendName | 'auto';

/** The backends that work in this engine, fastest first. */
export function availableBackends(): BackendName[] {
  const names: BackendName[] = [];
  if (supportsBuild('relaxed-simd')) names.push('wasm-relaxed-simd');
  if (supportsBuild('simd')) names.push('wasm-simd');
  names.push('reference');
  return names;
}

/**
 * A new backend with memory of its own. `auto` is the fastest WebAssembly build that the engine has; the reference backend
 * is only ever used when asked for.
 *
 * Throws `ConfigError` for a name that does not exist and for a build that the engine does not support.
 */
export async function createBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  switch (choice) {
    case 'reference': {
      // Not for speed, and so no part of what an app has to load.
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
        throw new ConfigError(`backend: this engine has no WebAssembly ${build}, which ${choice} needs`);
      }
      return new WasmBackend(await loadKernel({ build }));
    }
    default:
      throw new ConfigError(
        `backend: expected auto, reference, wasm-simd or wasm-relaxed-simd, got ${JSON.stringify(choice)}`,
      );
  }
}
