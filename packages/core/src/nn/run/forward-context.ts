import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { ShardPlacement } from '../../hooks/hooks.ts';
import type { Shard } from './shard.ts';
import type { Steps } from './steps.ts';

/** The state of one forward pass, shared by all layers. */
export interface ForwardContext {
  readonly backend: Backend;
  readonly shard: Shard;
  /** Sequence `s` is the rows `offsets[s]` to `offsets[s + 1]` of `[tokens, features]`. */
  readonly offsets: Offsets;
  /** Whether a hook or a recording matches this activation. Absent if there are none, so that no names need to be built. */
  readonly watches?: (name: string) => boolean;
}

/** A hook point: returns the activation, or its replacement by a hook. */
export function* observe(
  ctx: ForwardContext,
  name: string,
  value: Tensor,
  held: ShardPlacement = 'replicated',
): Steps<Tensor> {
  if (!ctx.watches?.(name)) return value;
  return yield { kind: 'activation', name, value, held };
}

/** All-reduce: the sum of the partial results of all shards. */
export function* sumOverShards(ctx: ForwardContext, partial: Tensor): Steps<Tensor> {
  if (ctx.shard.count === 1) return partial;
  return yield { kind: 'sum', partial };
}

/**
 * The residual connection of a sub-layer: the sum over shards of their partial outputs, plus the residual stream `x`. `project` computes this
 * shard's partial output plus its argument: with one shard the addition is fused into the matmul, with several the first shard adds `x`.
 */
export function* addToResidual(
  ctx: ForwardContext,
  name: string,
  x: Tensor,
  project: (residual: Tensor | undefined) => Tensor,
): Steps<Tensor> {
  if (ctx.watches?.(name)) {
    const output = yield* observe(ctx, name, yield* sumOverShards(ctx, project(undefined)));
    return ctx.backend.add(output, x);
  }
  return yield* sumOverShards(ctx, project(ctx.shard.index === 0 ? x : undefined));
}
