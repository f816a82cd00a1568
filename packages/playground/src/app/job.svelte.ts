import { onDestroy } from 'svelte';
import type { RunOptions } from '../engine/client.ts';
import type { JobKind, JobParams, JobProgress, JobResult } from '../engine/jobs/index.ts';
import { useApp } from './context.ts';
import { type Failure, failureOf, isHandled } from './failure.ts';

/** The last result of a job whose parameters change. A newer run aborts the older. */
interface Job<Kind extends JobKind> {
  readonly result: JobResult<Kind> | undefined;
  readonly failure: Failure | undefined;
  /** Whether a run has not ended: the result is that of older parameters. */
  readonly busy: boolean;
  /** Runs the job. Resolves when the result is there, and also when it failed or was aborted. */
  run(
    params: JobParams<Kind>,
    options?: Pick<RunOptions<JobProgress<Kind>>, 'onProgress' | 'priority'>,
  ): Promise<void>;
}

interface JobOptions {
  /** Those of one name abort each other. By default the kind. */
  readonly slot?: string;
  /** Whether a run starts an engine that has stopped. By default true; false where the room's `ModelStatus` asks first. */
  readonly restarts?: boolean;
}

/** A job of a component, which is aborted with it. To be called while the component is set up. */
export function useJob<Kind extends JobKind>(
  kind: Kind,
  { slot = kind, restarts = true }: JobOptions = {},
): Job<Kind> {
  const { engine } = useApp();
  const left = new AbortController();
  onDestroy(() => left.abort());
  let result = $state.raw<JobResult<Kind>>();
  let failure = $state.raw<Failure>();
  let busy = $state(false);
  let runs = 0;
  return {
    get result() {
      return result;
    },
    get failure() {
      return failure;
    },
    get busy() {
      return busy;
    },
    async run(params, options) {
      runs += 1;
      const run = runs;
      busy = true;
      if (restarts && engine.stopped) engine.restart();
      try {
        const found = await engine.run(kind, params, { ...options, slot, signal: left.signal });
        if (run !== runs) return;
        result = found;
        failure = undefined;
      } catch (error) {
        if (run === runs && !isHandled(error)) failure = failureOf(error);
      } finally {
        if (run === runs) busy = false;
      }
    },
  };
}
