import { ConfigError } from '../errors.ts';
import { type WeightType, weightTypes } from './backend.ts';

/** Throws `ConfigError` for a type that does not exist. */
export function checkWeightTypeName(dtype: string): asserts dtype is WeightType {
  if ((weightTypes as readonly string[]).includes(dtype)) return;
  throw new ConfigError(
    `loadEncoder: dtype must be one of ${weightTypes.join(', ')}, got ${JSON.stringify(dtype)}`,
  );
}
