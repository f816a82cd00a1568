import { ConfigError } from '../../errors.ts';
import type { CheckpointOptions } from '../checkpoints/options.ts';
import type { CheckpointStorage } from '../checkpoints/storage.ts';

const DEFAULT_KEEP = 2;

/** The name of the checkpoint after a number of steps. */
export function checkpointName(step: number): string {
  return `checkpoint-${step}`;
}

/** The number of steps in a name of {@link checkpointName}; undefined for other names. */
export function stepOfCheckpoint(name: string): number | undefined {
  const [, step] = /^checkpoint-(\d+)$/.exec(name) ?? [];
  return step === undefined ? undefined : Number(step);
}

/** The checkpoints of a storage by their steps, in order. */
export async function checkpointSteps(storage: CheckpointStorage): Promise<number[]> {
  const steps = (await storage.list()).map(stepOfCheckpoint);
  return steps.filter((step) => step !== undefined).sort((a, b) => a - b);
}

/** Writes a checkpoint, then removes old ones: all but the last `keep` and that of the best evaluation. */
export async function writeCheckpoint(
  { storage, keep = DEFAULT_KEEP }: CheckpointOptions,
  step: number,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  bestStep?: number,
): Promise<void> {
  await storage.write(checkpointName(step), files);
  const steps = await checkpointSteps(storage);
  for (const old of steps.slice(0, -keep)) {
    if (old !== bestStep) await storage.remove(checkpointName(old));
  }
}

/** Throws `ConfigError` if there are checkpoints: those of another run would be mixed with this one's. */
export async function requireEmpty(storage: CheckpointStorage): Promise<void> {
  const [first] = await checkpointSteps(storage);
  if (first === undefined) return;
  throw new ConfigError(
    `trainer: the storage has ${checkpointName(first)} of another run; call resume() to go on with that run, or use another storage`,
  );
}
