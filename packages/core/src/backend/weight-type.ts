import { ConfigError } from '../errors.ts';
import { type WeightType, weightTypes } from './backend.ts';

/** How to keep weights, as callers may name it: `fp32` and `fp16` are other names of `f32` and `f16`. */
export type WeightTypeName = WeightType | 'fp32' | 'fp16';

const ALIASES: Readonly<Record<string, WeightType>> = { fp32: 'f32', fp16: 'f16' };

/** The weight type of that name, by default `f32`. Throws `ConfigError`, as an error of the function `task`, for an unknown name. */
export function weightTypeOf(task: string, name: WeightTypeName = 'f32'): WeightType {
  const dtype = Object.hasOwn(ALIASES, name) ? ALIASES[name] : weightTypes.find((known) => known === name);
  if (dtype !== undefined) return dtype;
  throw new ConfigError(
    `${task}: dtype must be one of ${[...weightTypes, ...Object.keys(ALIASES)].join(', ')}, got ${JSON.stringify(name)}`,
  );
}
