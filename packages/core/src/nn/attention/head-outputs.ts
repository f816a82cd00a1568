import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import type { ShardHeads } from './attend.ts';

/**
 * What each head that somebody watches adds to the attention's output, `<name>.heads.5.output`: its context through its columns of the
 * output projection, without the bias. `[queries, embedDim]`
 *
 * No pass needs these one by one, so they are computed only for the heads that are watched, with a matmul each. Returns what is to be
 * added to the output because a hook replaced some; undefined if none was.
 */
export function* observeHeadOutputs(
  ctx: ForwardContext,
  name: string,
  context: Tensor,
  projection: LinearWeights,
  own: ShardHeads,
): Steps<Tensor | undefined> {
  const { backend } = ctx;
  const count = own.to - own.from;
  const width = (context.shape[1] ?? 0) / count;
  let bias: Float32Array | undefined;
  let change: Tensor | undefined;
  for (let index = 0; index < count; index++) {
    const head = `${name}.heads.${own.from + index}.output`;
    if (!ctx.watches?.(head)) continue;
    const alone = backend.zeros(context.shape);
    const [from, to] = [index * width, (index + 1) * width];
    backend.write(backend.columns(alone, from, to), backend.read(backend.columns(context, from, to)));
    bias ??= backend.read(backend.linear(backend.zeros(context.shape), projection));
    const product = backend.linear(alone, projection);
    const output = backend.tensor(minus(backend.read(product), bias), product.shape);
    const replaced = yield* observe(ctx, head, output, 'local');
    if (replaced === output) continue;
    const difference = backend.tensor(minus(backend.read(replaced), backend.read(output)), output.shape);
    change = change ? backend.add(change, difference) : difference;
  }
  return change;
}

function minus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]!);
}
