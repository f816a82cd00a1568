import { ConfigError } from '../errors.ts';
import type { ConfigReader } from './config.ts';

/** Values of config.json that change a model's arithmetic, with those of them that are supported. */
export type SupportedValues = Readonly<Record<string, readonly unknown[]>>;

/** Throws `ConfigError` if the file has one of these values and it is not a supported one. */
export function checkSupported(reader: ConfigReader, supported: SupportedValues): void {
  for (const [name, values] of Object.entries(supported)) {
    const value = reader.raw(name);
    if (value === undefined || value === null || values.includes(value)) continue;
    throw new ConfigError(
      `config.json: ${reader.path(name)} changes what the model computes in a way that is not supported, got ${JSON.stringify(value).slice(0, 80)}`,
    );
  }
}
