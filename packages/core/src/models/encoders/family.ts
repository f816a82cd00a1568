import type { Backend } from '../../backend/backend.ts';
import type { LinearLayer } from '../../nn/load/weight-loader.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** An architecture that the registry imports when a model of it is loaded. */
export interface EncoderFamily<Config extends EncoderSizes> {
  /** Parses a config.json; `heads` overrides the task heads of `architectures`. Throws `ConfigError` for invalid and unsupported values. */
  parse(json: unknown, heads?: readonly TaskHeadKind[]): Config;
  /** Loads the weights, or a shard's slices of them. */
  load(config: Config, checkpoint: Checkpoint, backend: Backend, plan: WeightPlan): Promise<Encoder>;
}

/** The layer `<name>.weight`, with `<name>.bias` if it has a bias. */
export function layerOf(name: string, bias: boolean): LinearLayer {
  return bias ? name : { weight: `${name}.weight` };
}

/** The layer in part `index` of `count` equal parts of `<name>.weight` `[count · features, …]` and, if it has a bias, of `<name>.bias`. */
export function packedLayer(
  name: string,
  { index, count, features, bias }: { index: number; count: number; features: number; bias: boolean },
): LinearLayer {
  const rows = (tensor: string) => ({ tensor, firstRow: index * features, totalRows: count * features });
  return { weight: rows(`${name}.weight`), ...(bias && { bias: rows(`${name}.bias`) }) };
}

/** Queries, keys and values below one another in `<name>.weight` `[3 · features, features]`. */
export function packedProjections(name: string, features: number, bias: boolean) {
  const part = (index: number) => packedLayer(name, { index, count: 3, features, bias });
  return { query: part(0), key: part(1), value: part(2) };
}
