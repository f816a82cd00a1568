import { onDestroy } from 'svelte';
import type { RunOptions } from '../engine/client.ts';
import type { JobKind, JobParams, JobProgress, JobResult } from '../engine/jobs/index.ts';
import { useApp } from './context.ts';
import type { Engine } from './engine.svelte.ts';
import { type Failure, failureOf, isHandled } from './failure.ts';

interface JobOptions {
  /** Those of one name abort each other. By default the kind. */
  readonly slot?: string;
  /** Whether a run starts an engine that has stopped. By default true; false where the room's `ModelStatus` asks first. */
  readonly restarts?: boolean;
}

/** The last result of a job whose parameters change. A newer run aborts the older. */
class Job<Kind extends JobKind> {
  result = $state.raw<JobResult<Kind> | undefined>();
  failure = $state.raw<Failure | undefined>();
  /** Whether a run has not ended: the result is that of older parameters. */
  busy = $state(false);
  readonly #engine: Engine;
  readonly #kind: Kind;
  readonly #slot: string;
  readonly #restarts: boolean;
  readonly #signal: AbortSignal;
  #runs = 0;

  constructor(engine: Engine, kind: Kind, { slot = kind, restarts = true }: JobOptions, signal: AbortSignal) {
    this.#engine = engine;
    this.#kind = kind;
    this.#slot = slot;
    this.#restarts = restarts;
    this.#signal = signal;
  }

  /** Runs the job. Resolves when the result is there, and also when it failed or was aborted. */
  async run(
    params: JobParams<Kind>,
    options: Pick<RunOptions<JobProgress<Kind>>, 'onProgress' | 'priority'> = {},
  ): Promise<void> {
    this.#runs += 1;
    const run = this.#runs;
    this.busy = true;
    if (this.#restarts && this.#engine.stopped) this.#engine.restart();
    try {
      const result = await this.#engine.run(this.#kind, params, {
        ...options,
        slot: this.#slot,
        signal: this.#signal,
      });
      if (run !== this.#runs) return;
      this.result = result;
      this.failure = undefined;
    } catch (error) {
      if (run === this.#runs && !isHandled(error)) this.failure = failureOf(error);
    } finally {
      if (run === this.#runs) this.busy = false;
    }
  }
}

/** A job of a component, which is aborted with it. To be called while the component is set up. */
export function useJob<Kind extends JobKind>(kind: Kind, options: JobOptions = {}): Job<Kind> {
  const { engine } = useApp();
  const left = new AbortController();
  onDestroy(() => left.abort());
  return new Job(engine, kind, options, left.signal);
}
