import type { Backend, Tensor } from '../../src/index.ts';
import type { ForwardContext, Shard, StepRequest, Steps } from '../../src/internal.ts';

/** The forward pass of one shard and its backend. */
export interface ShardPass<T> {
  readonly backend: Backend;
  readonly steps: (ctx: ForwardContext) => Steps<T>;
}

/** Recorded activations: the values of each shard, in order. */
export type RecordedActivations = Map<
  string,
  { readonly request: StepRequest & { kind: 'activation' }; readonly data: Float32Array }[]
>;

/**
 * Runs all shards of a model in one thread, in lockstep: each up to its next sum, which is then computed over all shards. `watches` selects
 * the activations to record.
 */
export function runShards<T>(
  passes: readonly ShardPass<T>[],
  offsets: Int32Array,
  watches?: (name: string) => boolean,
): { results: T[]; activations: RecordedActivations } {
  const count = passes.length;
  const activations: RecordedActivations = new Map();
  const close = passes.map(({ backend }) => backend.openScope());
  const running = passes.map(({ backend, steps }, index) => {
    const shard: Shard = { index, count };
    return steps({ backend, shard, offsets, ...(watches && { watches }) });
  });
  /** Runs a shard to its next sum or its end. */
  const advance = (index: number, answer?: Tensor): IteratorResult<StepRequest, T> => {
    const { backend } = passes[index]!;
    let step = answer ? running[index]!.next(answer) : running[index]!.next();
    while (!step.done && step.value.kind === 'activation') {
      const request = step.value;
      const parts = activations.get(request.name) ?? [];
      parts.push({ request, data: backend.read(request.value) });
      activations.set(request.name, parts);
      step = running[index]!.next(request.value);
    }
    return step;
  };
  let steps = passes.map((_, index) => advance(index));
  while (steps.every((step) => !step.done)) {
    const partials = steps.map((step, index) => {
      const { partial } = step.value as StepRequest & { kind: 'sum' };
      return { data: passes[index]!.backend.read(partial), shape: partial.shape };
    });
    const sum = partials[0]!.data.map((_, i) => partials.reduce((total, { data }) => total + data[i]!, 0));
    steps = steps.map((_, index) => advance(index, passes[index]!.backend.tensor(sum, partials[0]!.shape)));
  }
  if (!steps.every((step) => step.done)) throw new Error('some shards have ended, others wait for a sum');
  for (const end of close) end();
  return { results: steps.map((step) => step.value as T), activations };
}
