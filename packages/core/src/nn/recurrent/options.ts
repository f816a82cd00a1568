import { ConfigError } from '../../errors.ts';

/** Throws `ConfigError` unless every size is a whole number of at least 1. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isSafeInteger(size) && size >= 1)) {
      throw new ConfigError(`${layer}: ${name} must be a whole number of at least 1, got ${size}`);
    }
  }
}
