import type { Backend } from '../backend/backend.ts';
import { WeightLoader } from '../nn/load/weight-loader.ts';
import type { WeightPlan } from '../nn/run/shard.ts';
import type { Checkpoint } from '../weights/types.ts';

/** What the layouts of all kinds of models have in common. */
interface StackLayout {
  readonly architecture: string;
  readonly ignoredTensors: readonly RegExp[];
}

/**
 * Loads a model's layers from a checkpoint with `load`. Throws `LoadError` for tensors that are missing or unknown to the architecture, and
 * `ShapeError` for tensors whose shape is not that of the configuration. On failure, weights loaded so far are released.
 */
export async function loadModelParts<Parts>(
  { architecture, ignoredTensors }: StackLayout,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
  load: (loader: WeightLoader) => Promise<Parts>,
): Promise<{ loader: WeightLoader; parts: Parts }> {
  const loader = new WeightLoader(checkpoint, backend, plan);
  try {
    const parts = await load(loader);
    loader.assertAllConsumed(architecture, ignoredTensors);
    return { loader, parts };
  } catch (error) {
    loader.release();
    throw error;
  }
}

/** Loads `count` layers one after another. */
export async function loadEach<Layer>(
  count: number,
  load: (index: number) => Promise<Layer>,
): Promise<readonly Layer[]> {
  const layers: Layer[] = [];
  for (let index = 0; index < count; index++) layers.push(await load(index));
  return layers;
}
