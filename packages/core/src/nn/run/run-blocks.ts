import type { Tensor } from '../../backend/backend.ts';
import type { ForwardContext } from './forward-context.ts';
import type { Steps } from './steps.ts';

/**
 * Runs blocks one after another on the residual stream `x[tokens, hiddenSize]` → the same. Each block has a scope of its own: its
 * intermediate activations are freed when it ends, so that peak memory does not depend on the number of blocks.
 */
export function* runBlocks<Block>(
  ctx: ForwardContext,
  x: Tensor,
  blocks: readonly Block[],
  forward: (block: Block, x: Tensor, index: number) => Steps<Tensor>,
): Steps<Tensor> {
  const { backend } = ctx;
  const stream = backend.zeros(x.shape);
  let input = x;
  for (let index = 0; index < blocks.length; index++) {
    const close = backend.openScope();
    try {
      backend.assign(stream, yield* forward(blocks[index]!, input, index));
    } finally {
      close();
    }
    input = stream;
  }
  return input;
}
