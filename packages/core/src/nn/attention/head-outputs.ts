import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import type { ShardHeads } from './attend.ts';

/**
 * Hook points `<name>.heads.5.output`: each head's contribution to the attention's output `[queries, hiddenSize]`, its context times its
 * columns of the output projection, without the bias.
 *
 * Computed only for heads that a hook or a recording matches, with one matmul each. Returns the sum of the changes made by hooks, to be
 * added to the output; undefined if there are none.
 */
export function* observeHeadOutputs(
  ctx: ForwardContext,
  name: string,
  context: Tensor,
  projection: LinearWeights,
  heads: ShardHeads,
): Steps<Tensor | undefined> {
  const { backend } = ctx;
  const count = heads.to - heads.from;
  const width = (context.shape[1] ?? 0) / count;
  let bias: Float32Array | undefined;
  let change: Tensor | undefined;
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${heads.from + index}.output`;
    if (!ctx.watches?.(head)) continue;
    // The context of this head, with zeros for the others.
    const masked = backend.zeros(context.shape);
    const [from, to] = [index * width, (index + 1) * width];
    backend.write(backend.columns(masked, from, to), backend.read(backend.columns(context, from, to)));
    bias ??= backend.read(backend.linear(backend.zeros(context.shape), projection));
    const product = backend.linear(masked, projection);
    const output = backend.tensor(subtract(backend.read(product), bias), product.shape);
    const replaced = yield* observe(ctx, head, output, 'local');
    if (replaced === output) continue;
    const difference = backend.tensor(subtract(backend.read(replaced), backend.read(output)), output.shape);
    change = change ? backend.add(change, difference) : difference;
  }
  return change;
}

function subtract(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]!);
}
