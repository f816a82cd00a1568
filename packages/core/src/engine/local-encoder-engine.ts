import type { Backend, Tensor, WeightType } from '../backend/backend.ts';
import { HeadwiseError } from '../errors.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { Encoder } from '../models/encoders/encoder.ts';
import { DEFAULT_POOLING } from '../models/encoders/pooling.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { Steps } from '../nn/run/forward.ts';
import { type ForwardContext, observe, runForward } from '../nn/run/forward.ts';
import type { EncodeOptions, EncodeOutput, EncodeResult, Engine, OutputRequest } from './encoder-engine.ts';
import { checkFinite, modesOf, poolVectors } from './pool.ts';

type Pooled = Extract<OutputRequest, { kind: 'embedding' }>;

/** Runs an encoder in the calling thread. */
export class LocalEngine implements Engine {
  readonly name: string;
  readonly dtype: WeightType;
  readonly #backend: Backend;
  readonly #encoder: Encoder;
  #disposed = false;

  constructor(backend: Backend, encoder: Encoder, dtype: WeightType = 'f32') {
    this.name = backend.name;
    this.dtype = dtype;
    this.#backend = backend;
    this.#encoder = encoder;
  }

  async encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const { outputs, hooks, record, signal } = options;
    signal?.throwIfAborted();
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    const runner = hooks || record ? new HookRunner(hooks, record) : undefined;
    const computed = runForward(this.#backend, batch.offsets, runner, (ctx) =>
      encodeSteps(this.#encoder, ctx, batch, outputs),
    );
    return { outputs: computed, recorded: runner?.recorded ?? new Map() };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#encoder.dispose();
  }
}

const DEFAULT_OUTPUTS: readonly OutputRequest[] = [{ kind: 'embedding', ...DEFAULT_POOLING }];

/**
 * An encoder's forward pass with its outputs, also run by worker shards. Every shard has the last hidden state; only shard 0 computes
 * the outputs, the others return none.
 */
export function* encodeSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  batch: TokenBatch,
  outputs: readonly OutputRequest[] = DEFAULT_OUTPUTS,
): Steps<EncodeOutput[]> {
  const hidden = yield* encoder.forward(ctx, batch);
  if (ctx.shard.index !== 0) return [];
  const results: EncodeOutput[] = [];
  for (const output of outputs) {
    const value = yield* outputSteps(encoder, ctx, hidden, output);
    results.push(checkFinite(output, { shape: value.shape, data: ctx.backend.read(value) }));
  }
  return results;
}

function* outputSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  hidden: Tensor,
  output: OutputRequest,
): Steps<Tensor> {
  switch (output.kind) {
    case 'hidden':
      return hidden;
    case 'embedding': {
      const pooled = yield* observe(ctx, 'pooled', pool(ctx, hidden, output), 'local');
      return output.normalize ? ctx.backend.l2Normalize(pooled) : pooled;
    }
    default:
      return yield* encoder.taskHead(ctx, output.kind, hidden, output.rows);
  }
}

/** Pools each sequence: `[tokens, features]` → `[batch, features]`. Rarely used modes have no kernel. */
function pool({ backend, offsets }: ForwardContext, hidden: Tensor, { mode, skip = 0 }: Pooled): Tensor {
  const modes = modesOf(mode);
  if (skip === 0 && modes.length === 1) {
    if (modes[0] === 'mean') return backend.meanPool(hidden, offsets);
    if (modes[0] === 'cls') return backend.embedding(hidden, offsets.slice(0, -1));
  }
  const features = hidden.shape[1] ?? 0;
  const pooled = poolVectors({ values: backend.read(hidden), features, offsets, skip }, modes);
  return backend.tensor(pooled, [offsets.length - 1, modes.length * features]);
}
