import type { Backend } from '../backend/backend.ts';
import { type BackendChoice, createBackend } from '../backend/create.ts';
import { type WeightTypeName, weightTypeOf } from '../backend/weight-type.ts';
import { type WeightPlan, WHOLE } from '../nn/run/shard.ts';
import type { OptionNames } from '../options.ts';

/** What a model computes with. */
export interface ComputeOptions {
  /** A backend that several models may share, or the name of one to create. Default: `auto`, the fastest available. */
  backend?: BackendChoice | Backend;
  /** How to keep the weights in memory, whatever type the checkpoint has. Default: `f32`. */
  dtype?: WeightTypeName;
}

/** The names of {@link ComputeOptions}. */
export const COMPUTE_OPTIONS = { backend: true, dtype: true } satisfies OptionNames<ComputeOptions>;

/** Files of a model that are open, and what ends their progress events. */
interface OpenFiles {
  finish(): void;
}

/** A network in a backend, and the files that it was read from. */
export interface LoadedWeights<Files, Network> {
  readonly files: Files;
  readonly backend: Backend;
  readonly network: Network;
}

/**
 * The steps that every loader shares: checks `dtype`, opens the files, creates the backend, reads the weights, and sends the last
 * progress event. If the signal is aborted meanwhile, the weights are released and the promise rejects with the signal's reason.
 */
export async function loadWeights<Files extends OpenFiles, Network extends { dispose(): void }>(
  task: string,
  { backend: choice = 'auto', dtype, signal }: ComputeOptions & { signal?: AbortSignal },
  open: () => Promise<Files>,
  read: (files: Files, backend: Backend, plan: WeightPlan) => Promise<Network>,
): Promise<LoadedWeights<Files, Network>> {
  const plan = { shard: WHOLE, dtype: weightTypeOf(task, dtype) };
  const files = await open();
  const backend = typeof choice === 'string' ? await createBackend(choice) : choice;
  const network = await read(files, backend, plan);
  if (signal?.aborted) network.dispose();
  signal?.throwIfAborted();
  files.finish();
  return { files, backend, network };
}
