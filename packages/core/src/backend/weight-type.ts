import { ConfigError } from '../errors.ts';
import { describeValue } from '../options.ts';
import { type WeightType, weightTypes } from './backend.ts';

/** How to keep weights, as callers may name it: `fp32` and `fp16` are other names of `f32` and `f16`. */
export type WeightTypeName = WeightType | 'fp32' | 'fp16';

const ALIASES: Readonly<Record<string, WeightType>> = { fp32: 'f32', fp16: 'f16' };

/** How loaders keep weights: a type, or `auto`, which chooses one by the file and the memory. */
export type WeightTypeChoice = WeightTypeName | 'auto';

/** The weight type of that name. Throws `ConfigError`, as an error of the function `task`, for an unknown name. */
export function weightTypeOf(task: string, name: WeightTypeName): WeightType {
  const dtype = weightTypes.find((known) => known === name) ?? new Map(Object.entries(ALIASES)).get(name);
  if (dtype !== undefined) return dtype;
  throw new ConfigError(
    `${task}: dtype must be one of ${['auto', ...weightTypes, ...Object.keys(ALIASES)].join(', ')}, got ${describeValue(name)}`,
  );
}
