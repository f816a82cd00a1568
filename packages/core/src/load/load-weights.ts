import type { Backend, WeightType } from '../backend/backend.ts';
import { type BackendChoice, createFloatBackend, extendBackend } from '../backend/create.ts';
import type { WeightTypeChoice } from '../backend/weight-type.ts';
import { type WeightPlan, WHOLE } from '../nn/run/shard.ts';
import type { OptionNames } from '../options.ts';
import type { Checkpoint } from '../weights/types.ts';
import { checkWeightType, type PlannedModel, planWeights } from './memory-plan.ts';

/** What a model computes with. */
export interface ComputeOptions {
  /** A backend that several models may share, or the name of one to create. Default: `auto`, the fastest available. */
  backend?: BackendChoice | Backend;
  /**
   * How to keep the weights in memory. Default: `auto`, which keeps quantised GGUF files at about their size (`q8` or `q4`) and all other files as `f32`, or
   * in the largest type that fits if that does not; the model's `dtype` says which.
   */
  dtype?: WeightTypeChoice;
  /**
   * Bytes of WebAssembly memory that the model may need when it is loaded: its weights, a cache of 256 tokens, and 4 MB. A model that needs more is refused
   * with `MemoryLimitError` before its weights are read. Default: 4 GiB, all that such a memory holds.
   */
  memoryLimit?: number;
}

/** The names of {@link ComputeOptions}. */
export const COMPUTE_OPTIONS = {
  backend: true,
  dtype: true,
  memoryLimit: 'numeric',
} satisfies OptionNames<ComputeOptions>;

/** Files of a model that are open, and what ends their progress events. */
interface OpenFiles {
  /** The weights; undefined if they are in memory already. */
  readonly checkpoint?: Checkpoint;
  readonly config?: unknown;
  finish(): void;
}

/** A network in a backend, and the files that it was read from. */
export interface LoadedWeights<Files, Network> {
  readonly files: Files;
  readonly backend: Backend;
  readonly network: Network;
  /** The type that was asked for, or that `auto` chose. */
  readonly dtype: WeightType;
}

interface LoadingOptions extends ComputeOptions {
  readonly signal?: AbortSignal;
  /** The backend that is named, if it is being created: see `startLoading`. */
  readonly starting?: Promise<Backend> | undefined;
}

/**
 * The steps that every loader shares: opens the files, creates the backend, chooses the type of the weights, reads them, and sends the last
 * progress event. Rejects with `MemoryLimitError` before anything is read if they do not fit. If the signal is aborted meanwhile, the weights are released and the promise rejects with the signal's reason.
 */
export async function loadWeights<Files extends OpenFiles, Network extends { dispose(): void }>(
  task: string,
  { backend: choice = 'auto', dtype: wanted, memoryLimit, signal, starting }: LoadingOptions,
  open: () => Promise<Files>,
  read: (files: Files, backend: Backend, plan: WeightPlan) => Promise<Network>,
): Promise<LoadedWeights<Files, Network>> {
  checkWeightType(task, wanted);
  const files = await open();
  const backend = typeof choice === 'string' ? await (starting ?? createFloatBackend(choice)) : choice;
  const { checkpoint } = files;
  const dtype = checkpoint
    ? planWeights(task, files as PlannedModel, { dtype: wanted, memoryLimit, backend })
    : 'f32';
  if (dtype !== 'f32') await extendBackend(backend);
  const network = await read(files, backend, { shard: WHOLE, dtype });
  if (signal?.aborted) network.dispose();
  signal?.throwIfAborted();
  files.finish();
  return { files, backend, network, dtype };
}
