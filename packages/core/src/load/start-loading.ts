import type { Backend } from '../backend/backend.ts';
import { type BackendChoice, createFloatBackend } from '../backend/create.ts';
import { HeadwiseError } from '../errors.ts';
import type { ComputeOptions } from './load-weights.ts';
import { checkWeightType } from './memory-plan.ts';

export interface Aborting {
  signal?: AbortSignal;
}

/**
 * Runs `load` with a signal that is aborted as that of the options is, and when `load` rejects: what was requested of the model's files is then given up.
 */
export async function cancelOnFailure<Options extends Aborting, T>(
  options: Options,
  load: (options: Options & { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await load({ ...options, signal: controller.signal });
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * {@link cancelOnFailure}, while the backend is created that the options name. Rejects before `load` runs if the engine does not support the backend, and for
 * unknown names.
 */
export async function startLoading<Options extends ComputeOptions & Aborting, T>(
  task: string,
  options: Options,
  load: (options: Options & { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { backend = 'auto', dtype } = options;
  checkWeightType(task, dtype);
  let starting: Promise<Backend> | undefined;
  if (typeof (backend as Backend | null)?.openScope !== 'function') {
    starting = createFloatBackend(backend as BackendChoice);
    // It may fail long before it is waited for. What can be known without compiling is known here.
    starting.catch(() => undefined);
    await Promise.race([starting, undefined]);
  }
  try {
    return await cancelOnFailure({ ...options, starting }, load);
  } catch (error) {
    // Where import() fails, the backend's own one fails too, with what to add.
    if (!(error instanceof HeadwiseError || options.signal?.aborted)) await starting;
    throw error;
  }
}
