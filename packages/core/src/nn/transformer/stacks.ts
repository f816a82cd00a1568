import type { Tensor } from '../../backend/backend.ts';
import type { LayerNorm } from '../layer-norm.ts';
import { observe, type Run } from '../run.ts';
import type { Steps } from '../steps.ts';
import type { SelfMask, TransformerBlock } from '../transformer-block.ts';
import type { DecoderBlock, Memory } from './decoder-block.ts';

/** Layers one after another, and a norm at the end if there is one. */
export interface Stack<Block> {
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm | undefined;
  /** What the result is called. */
  readonly output: string;
}

/** `[tokens, hiddenSize]` → the same. */
export function* encode(
  run: Run,
  stack: Stack<TransformerBlock>,
  src: Tensor,
  mask: SelfMask,
): Steps<Tensor> {
  let x = src;
  for (const block of stack.blocks) x = yield* block.forward(run, x, mask);
  return yield* observe(run, stack.output, stack.norm?.forward(run.backend, x) ?? x);
}

/** `[tokens, hiddenSize]` → the same. */
export function* decode(
  run: Run,
  stack: Stack<DecoderBlock>,
  tgt: Tensor,
  mask: SelfMask,
  memory: Memory,
): Steps<Tensor> {
  let x = tgt;
  for (const block of stack.blocks) x = yield* block.forward(run, x, mask, memory);
  return yield* observe(run, stack.output, stack.norm?.forward(run.backend, x) ?? x);
}
