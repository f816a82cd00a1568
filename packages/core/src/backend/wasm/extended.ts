import { hasExtendedFunctions, type Kernel } from '@headwise/kernel';
import { ConfigError } from '../../errors.ts';

/** Throws `ConfigError` if a loader created the backend for a transformer in f32 alone, without the functions for `what`. */
export function requireExtendedFunctions(kernel: Kernel, what: string): void {
  if (hasExtendedFunctions(kernel)) return;
  throw new ConfigError(
    `wasm: this backend was created for a model in f32, without ${what}: use a backend of createBackend()`,
  );
}
