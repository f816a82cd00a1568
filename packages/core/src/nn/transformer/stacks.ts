import type { Tensor } from '../../backend/backend.ts';
import type { SelfAttentionInputs } from '../attention/multi-head.ts';
import type { LayerNorm } from '../modules/norm.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe, runBlocks } from '../run/forward.ts';
import type { DecoderBlock, Memory } from './decoder-block.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Blocks, and the norm after the last one if there is one. */
export interface Stack<Block> {
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm | undefined;
  /** The name of the result as an activation. */
  readonly output: string;
}

/** `[tokens, hiddenSize]` → the same. */
export function* encode(
  ctx: ForwardContext,
  { blocks, norm, output }: Stack<TransformerBlock>,
  src: Tensor,
  masks: SelfAttentionInputs,
): Steps<Tensor> {
  const x = yield* runBlocks(ctx, src, blocks, (block, input) => block.forward(ctx, input, masks));
  return yield* observe(ctx, output, norm?.forward(ctx.backend, x) ?? x);
}

/** `[tokens, hiddenSize]` → the same. */
export function* decode(
  ctx: ForwardContext,
  { blocks, norm, output }: Stack<DecoderBlock>,
  tgt: Tensor,
  masks: SelfAttentionInputs,
  memory: Memory,
): Steps<Tensor> {
  const x = yield* runBlocks(ctx, tgt, blocks, (block, input) => block.forward(ctx, input, masks, memory));
  return yield* observe(ctx, output, norm?.forward(ctx.backend, x) ?? x);
}
