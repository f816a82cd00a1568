import type { Backend, Tensor } from '../../src/index.ts';
import type { ForwardContext, Shard, StepRequest, Steps } from '../../src/internal.ts';

/** One shard of a pass: its steps, and the backend in whose memory they compute. */
export interface ShardPass<T> {
  readonly backend: Backend;
  readonly steps: (run: ForwardContext) => Steps<T>;
}

/** What the shards hold of an activation, in their order; where every shard holds the same, only the first's. */
export type Shown = Map<
  string,
  { readonly request: StepRequest & { kind: 'activation' }; readonly data: Float32Array }[]
>;

/**
 * Runs all shards of a model side by side, each up to its next question, and adds up what they ask to be added: what workers do, in one
 * thread. `watches` says which activations to note.
 */
export function runShards<T>(
  passes: readonly ShardPass<T>[],
  offsets: Int32Array,
  watches?: (name: string) => boolean,
): { results: T[]; shown: Shown } {
  const count = passes.length;
  const shown: Shown = new Map();
  const close = passes.map(({ backend }) => backend.openScope());
  const running = passes.map(({ backend, steps }, index) => {
    const shard: Shard = { index, count };
    return steps({ backend, shard, offsets, ...(watches && { watches }) });
  });
  /** Goes on until the shard asks for a sum, or ends. */
  const advance = (index: number, answer?: Tensor): IteratorResult<StepRequest, T> => {
    const { backend } = passes[index]!;
    let step = answer ? running[index]!.next(answer) : running[index]!.next();
    while (!step.done && step.value.kind === 'activation') {
      const request = step.value;
      const parts = shown.get(request.name) ?? [];
      parts.push({ request, data: backend.read(request.value) });
      shown.set(request.name, parts);
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
  if (!steps.every((step) => step.done)) throw new Error('some shards ended and others ask for a sum');
  for (const end of close) end();
  return { results: steps.map((step) => step.value as T), shown };
}
