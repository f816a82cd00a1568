import type { Backend, Tensor, WeightType } from '../backend/backend.ts';
import { HeadwiseError } from '../errors.ts';
import type { Encoder } from '../models/encoders/encoder.ts';
import { DEFAULT_POOLING } from '../models/encoders/pooling.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { Steps } from '../nn/run/forward.ts';
import { type ForwardContext, observe, runPlain } from '../nn/run/forward.ts';
import type { EncodeOptions, EncodeOutput, EncodeResult, Engine, OutputRequest } from './encoder-engine.ts';
import { checkFinite, modesOf } from './pool.ts';
import type { poolVectors } from './pool-vectors.ts';

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
    // Imported on demand: most passes have neither hooks nor a signal.
    const watched = hooks || record || signal ? await import('./watched-pass.ts') : undefined;
    const rarePooling = await rarePoolingFor(outputs);
    signal?.throwIfAborted();
    const checkUsable = () => {
      if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    };
    checkUsable();
    const body = (ctx: ForwardContext) => encodeSteps(this.#encoder, ctx, batch, outputs, rarePooling);
    return watched
      ? watched.runWatchedPass(this.#backend, batch.offsets, options, checkUsable, body)
      : { outputs: runPlain(this.#backend, batch.offsets, body), recorded: new Map() };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#encoder.dispose();
  }
}

const DEFAULT_OUTPUTS: readonly OutputRequest[] = [{ kind: 'embedding', ...DEFAULT_POOLING }];

/** Pooling in modes that have no kernel. */
type RarePooling = typeof poolVectors;

/** What {@link encodeSteps} needs for the pooling modes of outputs, which is imported on demand; undefined if kernels pool. */
export async function rarePoolingFor(
  outputs: readonly OutputRequest[] = DEFAULT_OUTPUTS,
): Promise<RarePooling | undefined> {
  const isRare = outputs.some((output) => output.kind === 'embedding' && kernelModeOf(output) === undefined);
  return isRare ? (await import('./pool-vectors.ts')).poolVectors : undefined;
}

/** The mode of a pooling that a kernel computes. */
function kernelModeOf({ mode, skip = 0 }: Pooled): 'mean' | 'cls' | undefined {
  const [first, ...more] = modesOf(mode);
  return skip === 0 && more.length === 0 && (first === 'mean' || first === 'cls') ? first : undefined;
}

/**
 * An encoder's forward pass with its outputs, also run by worker shards. Every shard has the last hidden state; only shard 0 computes
 * the outputs, the others return none. `rarePooling` is that of {@link rarePoolingFor}.
 */
export function* encodeSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  batch: TokenBatch,
  outputs: readonly OutputRequest[] = DEFAULT_OUTPUTS,
  rarePooling?: RarePooling,
): Steps<EncodeOutput[]> {
  const hidden = yield* encoder.forward(ctx, batch);
  if (ctx.shard.index !== 0) return [];
  const results: EncodeOutput[] = [];
  for (const output of outputs) {
    const value = yield* outputSteps(encoder, ctx, hidden, output, rarePooling);
    results.push(checkFinite(output, { shape: value.shape, data: ctx.backend.read(value) }));
  }
  return results;
}

function* outputSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  hidden: Tensor,
  output: OutputRequest,
  rarePooling: RarePooling | undefined,
): Steps<Tensor> {
  switch (output.kind) {
    case 'hidden':
      return hidden;
    case 'embedding': {
      const pooled = yield* observe(ctx, 'pooled', pool(ctx, hidden, output, rarePooling), 'local');
      return output.normalize ? ctx.backend.l2Normalize(pooled) : pooled;
    }
    default:
      return yield* encoder.taskHead(ctx, output.kind, hidden, output.rows);
  }
}

/** Pools each sequence: `[tokens, features]` → `[batch, features]`. */
function pool(
  { backend, offsets }: ForwardContext,
  hidden: Tensor,
  output: Pooled,
  rarePooling: RarePooling | undefined,
): Tensor {
  const mode = kernelModeOf(output);
  if (mode === 'mean') return backend.meanPool(hidden, offsets);
  if (mode === 'cls') return backend.embedding(hidden, offsets.slice(0, -1));
  if (!rarePooling)
    throw new HeadwiseError('ERR_INTERNAL', 'encode: the code of this pooling was not loaded');
  const modes = modesOf(output.mode);
  const features = hidden.shape[1] ?? 0;
  const pooled = rarePooling(
    { values: backend.read(hidden), features, offsets, skip: output.skip ?? 0 },
    modes,
  );
  return backend.tensor(pooled, [offsets.length - 1, modes.length * features]);
}
