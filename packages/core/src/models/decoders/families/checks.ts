import { ConfigError } from '../../../errors.ts';
import type { ConfigReader } from '../../config.ts';
import { checkSupported, type SupportedValues } from '../../supported-values.ts';

/** Values that change the arithmetic, of all architectures here, with the settings that have no effect. */
const COMMON: SupportedValues = {
  add_cross_attention: [false],
  cross_attention_hidden_size: [],
  quantization_config: [],
};

/** Throws `ConfigError` for values that would change the arithmetic in an unsupported way. */
export function check(reader: ConfigReader, supported: SupportedValues = {}): void {
  checkSupported(reader, { ...COMMON, ...supported });
}

/** A number above 0, or null in the file for none. */
export function optional(reader: ConfigReader, name: string, fallback?: number): number | undefined {
  if (reader.raw(name) === null) return undefined;
  const value = reader.has(name) || fallback !== undefined ? reader.number(name, fallback) : undefined;
  if (value === 0) throw new ConfigError(`config.json: ${name} must be above 0 or null, got 0`);
  return value;
}

/** A number above 0. */
export function positive(reader: ConfigReader, name: string, fallback?: number): number {
  const value = reader.number(name, fallback);
  if (value > 0) return value;
  throw new ConfigError(`config.json: ${reader.path(name)} must be above 0, got ${value}`);
}
