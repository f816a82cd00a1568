import type { Tensor } from '../../backend/backend.ts';
import type { SelfMask } from '../attention/self-mask.ts';
import type { LayerNorm } from '../modules/layer-norm.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import type { DecoderBlock, Memory } from './decoder-block.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Layers one after another, and a norm at the end if there is one. */
export interface Stack<Block> {
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm | undefined;
  /** What the result is called. */
  readonly output: string;
}

/** `[tokens, hiddenSize]` → the same. */
export function* encode(
  ctx: ForwardContext,
  stack: Stack<TransformerBlock>,
  src: Tensor,
  mask: SelfMask,
): Steps<Tensor> {
  let x = src;
  for (const block of stack.blocks) x = yield* block.forward(ctx, x, mask);
  return yield* observe(ctx, stack.output, stack.norm?.forward(ctx.backend, x) ?? x);
}

/** `[tokens, hiddenSize]` → the same. */
export function* decode(
  ctx: ForwardContext,
  stack: Stack<DecoderBlock>,
  tgt: Tensor,
  mask: SelfMask,
  memory: Memory,
): Steps<Tensor> {
  let x = tgt;
  for (const block of stack.blocks) x = yield* block.forward(ctx, x, mask, memory);
  return yield* observe(ctx, stack.output, stack.norm?.forward(ctx.backend, x) ?? x);
}
