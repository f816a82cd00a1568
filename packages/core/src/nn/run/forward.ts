import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import type { ShardPlacement } from '../../hooks/hooks.ts';
import { type Shard, WHOLE } from './shard.ts';

/**
 * A request of a forward pass to its runner.
 *
 * A forward pass is a generator that yields only at hook points that are matched and at sums over shards. Its runner answers synchronously, or,
 * when shards run in workers, after the results of all shards have arrived. So the same layers serve both; without hooks and with one
 * shard a forward pass never yields.
 */
export type StepRequest =
  /** All-reduce: every shard yields its partial result; the answer is their sum. */
  | { readonly kind: 'sum'; readonly partial: Tensor }
  /** A hook point that is matched: the answer is the activation or its replacement. */
  | {
      readonly kind: 'activation';
      readonly name: string;
      readonly value: Tensor;
      /** Where the activation is if the model is sharded. */
      readonly placement: ShardPlacement;
    };

/** A hook point's request. */
export type ActivationRequest = StepRequest & { readonly kind: 'activation' };

/** A computation that may yield requests. */
export type Steps<T> = Generator<StepRequest, T, Tensor>;

/** The state of one forward pass, shared by all layers. */
export interface ForwardContext {
  readonly backend: Backend;
  readonly shard: Shard;
  /** Sequence `s` is the rows `offsets[s]` to `offsets[s + 1]` of `[tokens, features]`. */
  readonly offsets: Offsets;
  /** Whether a hook or a recording matches this activation. Absent if there are none, so that no names need to be built. */
  readonly watches?: (name: string) => boolean;
}

/** A hook point: returns the activation, or its replacement by a hook. */
export function* observe(
  ctx: ForwardContext,
  name: string,
  value: Tensor,
  placement: ShardPlacement = 'replicated',
): Steps<Tensor> {
  if (!ctx.watches?.(name)) return value;
  return yield { kind: 'activation', name, value, placement };
}

/** All-reduce: the sum of the partial results of all shards. */
export function* sumOverShards(ctx: ForwardContext, partial: Tensor): Steps<Tensor> {
  if (ctx.shard.count === 1) return partial;
  return yield { kind: 'sum', partial };
}

/**
 * The residual connection of a sub-layer: the sum over shards of their partial outputs, plus the residual stream `x`. `project` computes this
 * shard's partial output plus its argument: with one shard the addition is fused into the matmul, with several the first shard adds `x`.
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

/** Some rows of a batch's tokens, in order. `offsets` are those of the sequences among the selected rows. */
export interface SelectedRows {
  readonly rows: Int32Array;
  readonly offsets: Offsets;
}

/** The position of each token in its sequence: `first`, `first + 1`, … for each sequence. */
export function positionsOf(offsets: Offsets, first = 0): Int32Array {
  const positions = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 1; s < offsets.length; s++) {
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) positions[i] = first + i - offsets[s - 1]!;
  }
  return positions;
}

/** Rows of `x[rows, features]` by index: a view if they are consecutive, else a copy. */
export function selectRows(backend: Backend, x: Tensor, rows: Int32Array): Tensor {
  const [first = 0] = rows;
  for (let i = 1; i < rows.length; i++) {
    // A gather of rows is an embedding lookup.
    if (rows[i] !== first + i) return backend.embedding(x, rows);
  }
  return rows.length === x.shape[0] ? x : backend.rows(x, first, first + rows.length);
}

/** `rows` as the only ones of a forward pass, if they are the last row of each sequence and the batch has other rows too. */
export function onlyLastRows(offsets: Offsets, rows: Int32Array): SelectedRows | undefined {
  const count = offsets.length - 1;
  if (rows.length !== count || offsets[count] === count) return undefined;
  for (let s = 0; s < count; s++) if (rows[s] !== offsets[s + 1]! - 1) return undefined;
  return { rows, offsets: countingRows(count + 1) };
}

/** 0, 1, 2, …, count − 1. */
export function countingRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Throws `ShapeError` if a sequence has more than `limit` tokens. `what` begins the message: `BERT: a text`. */
export function checkLengths(what: string, offsets: Offsets, limit: number): void {
  for (let s = 1; s < offsets.length; s++) {
    const length = offsets[s]! - offsets[s - 1]!;
    if (length <= limit) continue;
    throw new ShapeError(`${what} may have at most ${limit} tokens, sequence ${s - 1} has ${length}`);
  }
}

/** Runs `body` in a scope of its own. It must return plain values: tensors created in the scope are freed when it closes. */
export function withScope<T>(backend: Backend, body: () => T): T {
  const close = backend.openScope();
  try {
    return body();
  } finally {
    close();
  }
}

/**
 * Runs the steps of an unsharded model without hooks in a scope of their own: they never yield. Tensors are freed afterwards: `body` must return
 * plain values.
 */
export function runPlain<T>(backend: Backend, offsets: Offsets, body: (ctx: ForwardContext) => Steps<T>): T {
  return withScope(backend, () => body({ backend, shard: WHOLE, offsets }).next().value as T);
}
