import type { Tensor } from '../../backend/backend.ts';
import type { ForwardContext } from './forward-context.ts';
import type { Steps } from './steps.ts';

/**
 * Sends the residual stream through blocks, each in a scope of its own: what a block computes on the way is freed when it is through, so
 * that a deep model needs no more memory for its activations than a single block. `x[tokens, hiddenSize]` → the same.
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
