import type { AttentionOptions, Backend, Tensor } from '../../backend/backend.ts';
import type { ShardSlice } from '../../hooks/hooks.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { IndexRange } from '../run/shard.ts';
import type { Steps } from '../run/steps.ts';
import { appendKeyValues, type PastKeyValues } from './kv-cache.ts';

/** The heads that a shard owns, of how many. */
export interface ShardHeads extends IndexRange {
  readonly of: number;
}

/**
 * Attention with every step of it in view: queries, keys and values, scores, weights and context, of all heads together
 * (`<name>.weights`) and of each (`<name>.heads.5.weights`). Scores and weights exist only for the heads that somebody watches;
 * the others go through the fused operation that never holds them.
 *
 * `q[tokens, heads · headDim]` and so on hold the heads of `own`; returns their context `[tokens, heads · valueDim]`. Where several
 * query heads share a key-value head, `<name>.heads.2.keys` are those of the third key-value head. With a `past`, keys and values are those
 * of the new tokens: once they have been seen, they go to their place in the cache, and attention is to all that it holds.
 */
export function* attend(
  ctx: ForwardContext,
  name: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
  own: ShardHeads,
  past?: PastKeyValues,
): Steps<Tensor> {
  const { backend } = ctx;
  const queries = ctx.watches ? yield* observeHeads(ctx, name, 'queries', q, own) : q;
  const shared = ctx.watches && keyValueHeadsOf(options, own);
  const keys = shared ? yield* observeHeads(ctx, name, 'keys', k, shared) : k;
  const values = shared ? yield* observeHeads(ctx, name, 'values', v, shared) : v;
  if (!past) return yield* attendTo(ctx, name, queries, keys, values, options, own);
  appendKeyValues(backend, ctx.offsets, past, keys, values);
  return yield* attendTo(ctx, name, queries, past.keys, past.values, options, own);
}

/** The same from scores on, for keys and values that were made before. */
export function* attendTo(
  ctx: ForwardContext,
  name: string,
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  options: AttentionOptions,
  own: ShardHeads,
): Steps<Tensor> {
  const { backend } = ctx;
  if (!ctx.watches) return backend.attention(queries, keys, values, options);
  const group = options.heads / (options.keyValueHeads ?? options.heads);
  const indices = Array.from({ length: options.heads }, (_, index) => index);
  const watched = indices.filter((index) => isWatched(ctx, `${name}.heads.${own.from + index}`));

  let context: Tensor;
  if (isWatched(ctx, name)) {
    const part = { ...own, axis: 1 };
    const scores = yield* observeAll(
      ctx,
      name,
      'scores',
      backend.attentionScores(queries, keys, options, indices),
      part,
    );
    const weights = yield* observeAll(ctx, name, 'weights', backend.softmax(scores), part);
    context = backend.zeros([queries.shape[0] ?? 0, (values.shape[1] ?? 0) * group]);
    backend.attentionContext(weights, values, options, indices, context);
  } else {
    context = backend.attention(queries, keys, values, options);
    for (const index of watched) {
      const head = `${name}.heads.${own.from + index}`;
      const plainScores = backend.attentionScores(queries, keys, options, [index]);
      const scores = yield* observe(ctx, `${head}.scores`, plainScores, 'local');
      const plainWeights = backend.softmax(scores);
      const weights = yield* observe(ctx, `${head}.weights`, plainWeights, 'local');
      if (scores !== plainScores || weights !== plainWeights) {
        backend.attentionContext(weights, values, options, [index], context);
      }
    }
  }
  return yield* observeHeads(ctx, name, 'context', context, own);
}

/** The key-value heads that belong to query heads. */
export function keyValueHeadsOf(
  options: Pick<AttentionOptions, 'heads' | 'keyValueHeads'>,
  own: ShardHeads,
): ShardHeads {
  const group = options.heads / (options.keyValueHeads ?? options.heads);
  return { from: own.from / group, to: own.to / group, of: own.of / group };
}

function isWatched(ctx: ForwardContext, name: string): boolean {
  return Boolean(ctx.watches?.(`${name}.scores`) || ctx.watches?.(`${name}.weights`));
}

/** Columns that belong to heads: watched head by head, through views of their columns, and then together. */
export function* observeHeads(
  ctx: ForwardContext,
  name: string,
  what: string,
  x: Tensor,
  own: ShardHeads,
): Steps<Tensor> {
  const { backend } = ctx;
  const count = own.to - own.from;
  const width = (x.shape[1] ?? 0) / Math.max(1, count);
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${own.from + index}.${what}`;
    if (!ctx.watches?.(head)) continue;
    const columns = backend.columns(x, index * width, (index + 1) * width);
    const replaced = yield* observe(ctx, head, columns, 'local');
    if (replaced !== columns) backend.write(columns, backend.read(replaced));
  }
  return yield* observe(ctx, `${name}.${what}`, x, {
    axis: 1,
    from: own.from * width,
    to: own.to * width,
    of: own.of * width,
  });
}

/** Scores or weights `[batch, heads, queries, keys]`: watched head by head, and then together. */
function* observeAll(
  ctx: ForwardContext,
  name: string,
  what: string,
  x: Tensor,
  part: ShardSlice,
): Steps<Tensor> {
  const { backend } = ctx;
  const [batch = 0, count = 0, rows = 0, columns = 0] = x.shape;
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${part.from + index}.${what}`;
    if (!ctx.watches?.(head)) continue;
    const own = headOf(backend, x, index);
    const replaced = yield* observe(ctx, head, own, 'local');
    if (replaced === own) continue;
    const all = backend.read(x);
    const one = backend.read(replaced);
    for (let s = 0; s < batch; s++) {
      all.set(
        one.subarray(s * rows * columns, (s + 1) * rows * columns),
        (s * count + index) * rows * columns,
      );
    }
    backend.write(x, all);
  }
  return yield* observe(ctx, `${name}.${what}`, x, part);
}

function headOf(backend: Backend, x: Tensor, index: number): Tensor {
  const [batch = 0, count = 0, rows = 0, columns = 0] = x.shape;
  const all = backend.read(x);
  const one = new Float32Array(batch * rows * columns);
  for (let s = 0; s < batch; s++) {
    const start = (s * count + index) * rows * columns;
    one.set(all.subarray(start, start + rows * columns), s * rows * columns);
  }
  return backend.tensor(one, [batch, 1, rows, columns]);
}
