import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { ShardPlacement } from '../../hooks/hooks.ts';
import type { Shard } from './shard.ts';
import type { Steps } from './steps.ts';

/** What is the same for all layers during one forward pass. */
export interface ForwardContext {
  readonly backend: Backend;
  readonly shard: Shard;
  /** Where each sequence lies. */
  readonly offsets: Offsets;
  /** Whether an activation is watched; absent if none is, so that nobody has to make up its name. */
  readonly watches?: (name: string) => boolean;
}

/** Names an activation: gives it back, or what a hook put in its place. */
export function* observe(
  ctx: ForwardContext,
  name: string,
  value: Tensor,
  held: ShardPlacement = 'replicated',
): Steps<Tensor> {
  if (!ctx.watches?.(name)) return value;
  return yield { kind: 'activation', name, value, held };
}

/** The sum of what all shards have computed a part of. */
export function* sumOverShards(ctx: ForwardContext, partial: Tensor): Steps<Tensor> {
  if (ctx.shard.count === 1) return partial;
  return yield { kind: 'sum', partial };
}

/**
 * The end of each half of a block: the sum over shards of their partial outputs, plus the residual stream `x`. `project` makes
 * this shard's partial output, and adds to it what it is given: so on one thread the addition is part of the matmul, and over
 * several the first shard brings it.
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
