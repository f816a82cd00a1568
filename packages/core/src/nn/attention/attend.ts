import type { AttentionOptions, Backend, Tensor } from '../../backend/backend.ts';
import type { ShardSlice } from '../../hooks/hooks.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import type { IndexRange } from '../run/shard.ts';
import { appendKeyValues, type PastKeyValues } from './past-key-values.ts';

/** The heads of a shard: a range of all `of` heads. */
export interface ShardHeads extends IndexRange {
  readonly of: number;
}

/**
 * Scaled dot-product attention, softmax(QKᵀ · scale + bias) V, with hook points for queries, keys, values, scores, weights and context: of
 * all heads (`<name>.weights`) and of each (`<name>.heads.5.weights`). Scores and weights `[batch, heads, queries, keys]` are computed only for
 * heads that a hook or a recording matches; the others use the backend's fused attention, which does not store them.
 *
 * `q[tokens, heads · headDim]`, `k` and `v` are those of this shard's heads; returns their context `[tokens, heads · valueDim]`. In
 * grouped-query attention `<name>.heads.2.keys` are the keys of the third key-value head. With `past`, keys and values are those of the new
 * tokens: they are appended to the cache after their hooks, and attention is over the whole cache.
 */
export function* attend(
  ctx: ForwardContext,
  name: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
  heads: ShardHeads,
  past?: PastKeyValues,
): Steps<Tensor> {
  const { backend } = ctx;
  const queries = ctx.watches ? yield* observeHeads(ctx, name, 'queries', q, heads) : q;
  const keyValueHeads = ctx.watches && keyValueHeadsOf(options, heads);
  const keys = keyValueHeads ? yield* observeHeads(ctx, name, 'keys', k, keyValueHeads) : k;
  const values = keyValueHeads ? yield* observeHeads(ctx, name, 'values', v, keyValueHeads) : v;
  if (!past) return yield* attendFromScores(ctx, name, queries, keys, values, options, heads);
  appendKeyValues(backend, ctx.offsets, past, keys, values);
  return yield* attendFromScores(ctx, name, queries, past.keys, past.values, options, heads);
}

/** {@link attend} from the scores on: of queries to keys and values whose hooks have run. */
export function* attendFromScores(
  ctx: ForwardContext,
  name: string,
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  options: AttentionOptions,
  heads: ShardHeads,
): Steps<Tensor> {
  const { backend } = ctx;
  if (!ctx.watches) return backend.attention(queries, keys, values, options);
  const group = options.heads / (options.keyValueHeads ?? options.heads);
  const indices = Array.from({ length: options.heads }, (_, index) => index);
  const watched = indices.filter((index) => isWatched(ctx, `${name}.heads.${heads.from + index}`));

  let context: Tensor;
  if (isWatched(ctx, name)) {
    const slice = { ...heads, axis: 1 };
    const scores = yield* observeAll(
      ctx,
      name,
      'scores',
      backend.attentionScores(queries, keys, options, indices),
      slice,
    );
    const weights = yield* observeAll(ctx, name, 'weights', backend.softmax(scores), slice);
    context = backend.zeros([queries.shape[0] ?? 0, (values.shape[1] ?? 0) * group]);
    backend.attentionContext(weights, values, options, indices, context);
  } else {
    context = backend.attention(queries, keys, values, options);
    for (const index of watched) {
      const head = `${name}.heads.${heads.from + index}`;
      const plainScores = backend.attentionScores(queries, keys, options, [index]);
      const scores = yield* observe(ctx, `${head}.scores`, plainScores, 'local');
      const plainWeights = backend.softmax(scores);
      const weights = yield* observe(ctx, `${head}.weights`, plainWeights, 'local');
      if (scores !== plainScores || weights !== plainWeights) {
        backend.attentionContext(weights, values, options, [index], context);
      }
    }
  }
  return yield* observeHeads(ctx, name, 'context', context, heads);
}

/** The key-value heads of a shard's query heads. */
export function keyValueHeadsOf(
  options: Pick<AttentionOptions, 'heads' | 'keyValueHeads'>,
  heads: ShardHeads,
): ShardHeads {
  const group = options.heads / (options.keyValueHeads ?? options.heads);
  return { from: heads.from / group, to: heads.to / group, of: heads.of / group };
}

/** Whether a hook or a recording matches the scores or weights. */
function isWatched(ctx: ForwardContext, name: string): boolean {
  return Boolean(ctx.watches?.(`${name}.scores`) || ctx.watches?.(`${name}.weights`));
}

/**
 * Hook points of `x[tokens, heads · width]`: `<name>.heads.H.<what>` of each head, through a view of its columns, then `<name>.<what>` of all.
 */
export function* observeHeads(
  ctx: ForwardContext,
  name: string,
  what: string,
  x: Tensor,
  heads: ShardHeads,
): Steps<Tensor> {
  const { backend } = ctx;
  const count = heads.to - heads.from;
  const width = (x.shape[1] ?? 0) / Math.max(1, count);
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${heads.from + index}.${what}`;
    if (!ctx.watches?.(head)) continue;
    const columns = backend.columns(x, index * width, (index + 1) * width);
    const replaced = yield* observe(ctx, head, columns, 'local');
    if (replaced !== columns) backend.write(columns, backend.read(replaced));
  }
  return yield* observe(ctx, `${name}.${what}`, x, {
    axis: 1,
    from: heads.from * width,
    to: heads.to * width,
    of: heads.of * width,
  });
}

/** Hook points of scores or weights `[batch, heads, queries, keys]`: of each head `[batch, 1, queries, keys]`, then of all. */
function* observeAll(
  ctx: ForwardContext,
  name: string,
  what: string,
  x: Tensor,
  slice: ShardSlice,
): Steps<Tensor> {
  const { backend } = ctx;
  const [batch = 0, count = 0, rows = 0, columns = 0] = x.shape;
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${slice.from + index}.${what}`;
    if (!ctx.watches?.(head)) continue;
    const copy = copyHead(backend, x, index);
    const replaced = yield* observe(ctx, head, copy, 'local');
    if (replaced === copy) continue;
    const all = backend.read(x);
    const edited = backend.read(replaced);
    for (let s = 0; s < batch; s++) {
      all.set(
        edited.subarray(s * rows * columns, (s + 1) * rows * columns),
        (s * count + index) * rows * columns,
      );
    }
    backend.write(x, all);
  }
  return yield* observe(ctx, `${name}.${what}`, x, slice);
}

/** One head of `x[batch, heads, queries, keys]`: `[batch, 1, queries, keys]`. */
function copyHead(backend: Backend, x: Tensor, index: number): Tensor {
  const [batch = 0, count = 0, rows = 0, columns = 0] = x.shape;
  const all = backend.read(x);
  const one = new Float32Array(batch * rows * columns);
  for (let s = 0; s < batch; s++) {
    const start = (s * count + index) * rows * columns;
    one.set(all.subarray(start, start + rows * columns), s * rows * columns);
  }
  return backend.tensor(one, [batch, 1, rows, columns]);
}
