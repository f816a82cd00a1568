import { withScope } from '../../nn/run/forward.ts';
import { type BatchOptions, batchRandom, epochBatches } from '../data/batches.ts';
import { createLossContext } from '../objectives/context.ts';
import type { Objective, TrainingBatch } from '../objectives/objective.ts';
import type { Trainable } from '../parameters/load-trainable.ts';
import type { EvaluationMetrics } from './options.ts';

/** Stream of the random numbers of evaluations: those of no step. */
const EVALUATION_STEP = -1;

/**
 * The loss of examples, the mean over all targets, and the objective's metrics, without dropout and label smoothing. Random choices, such as
 * masked tokens, are the same in each evaluation. `breathe` is called between batches.
 */
export async function evaluateExamples<Model, Example, Batch extends TrainingBatch>(
  { model, backend }: Pick<Trainable<Model>, 'model' | 'backend'>,
  objective: Objective<Model, Example, Batch>,
  examples: readonly Example[],
  options: Pick<BatchOptions, 'batchSize' | 'maxTokensPerBatch' | 'seed'>,
  breathe: () => Promise<void>,
): Promise<EvaluationMetrics> {
  const lengths = examples.map((example) => objective.lengthOf(example));
  const batches = epochBatches(lengths, 0, { ...options, shuffle: false, bucketByLength: true });
  const metrics = new Map<string, { sum: number; count: number }>();
  const addMetric = (name: string, sum: number, count: number) => {
    const metric = metrics.get(name) ?? { sum: 0, count: 0 };
    metrics.set(name, { sum: metric.sum + sum, count: metric.count + count });
  };
  for (const [index, indices] of batches.entries()) {
    await breathe();
    const random = batchRandom(options.seed, EVALUATION_STEP, index);
    const batch = objective.collate(
      indices.map((i) => examples[i]!),
      random,
    );
    if (batch.targets === 0) continue;
    const loss = withScope(backend, () => {
      const ctx = createLossContext({ model, backend, addMetric });
      return backend.read(objective.loss(batch, ctx))[0]!;
    });
    addMetric('loss', loss * batch.targets, batch.targets);
  }
  return Object.fromEntries([...metrics].map(([name, { sum, count }]) => [name, sum / count]));
}
