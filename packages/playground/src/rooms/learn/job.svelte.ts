import { onDestroy } from 'svelte';
import { useApp } from '../../app/context.ts';
import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf } from '../../app/failure.ts';
import { EngineStoppedError, isAbort, type RunOptions } from '../../engine/client.ts';
import type { JobKind, JobParams, JobProgress, JobResult } from '../../engine/jobs/index.ts';

/** The last result of a job whose parameters change. A newer call aborts the older. */
export class LearnJob<Kind extends JobKind> {
  result = $state.raw<JobResult<Kind> | undefined>();
  failure = $state.raw<Failure | undefined>();
  /** Whether a call has not ended: the result is that of older parameters. */
  busy = $state(false);
  readonly #engine: Engine;
  readonly #kind: Kind;
  readonly #slot: string;
  readonly #signal: AbortSignal;
  #calls = 0;

  constructor(engine: Engine, kind: Kind, slot: string, signal: AbortSignal) {
    this.#engine = engine;
    this.#kind = kind;
    this.#slot = slot;
    this.#signal = signal;
  }

  /** Runs the job. Resolves when the result is there, and also when it failed or was aborted. */
  async run(
    params: JobParams<Kind>,
    options: Pick<RunOptions<JobProgress<Kind>>, 'onProgress' | 'priority'> = {},
  ): Promise<void> {
    this.#calls += 1;
    const call = this.#calls;
    this.busy = true;
    if (this.#engine.stopped) this.#engine.restart();
    try {
      const result = await this.#engine.run(this.#kind, params, {
        ...options,
        slot: this.#slot,
        signal: this.#signal,
      });
      if (call !== this.#calls) return;
      this.result = result;
      this.failure = undefined;
    } catch (error) {
      // The panel of the model tells of a stopped engine.
      if (call === this.#calls && !isAbort(error) && !(error instanceof EngineStoppedError))
        this.failure = failureOf(error);
    } finally {
      if (call === this.#calls) this.busy = false;
    }
  }
}

/** A job of a component, which is aborted with it. To be called while the component is set up. */
export function useJob<Kind extends JobKind>(kind: Kind, name: string = kind): LearnJob<Kind> {
  const { engine } = useApp();
  const left = new AbortController();
  onDestroy(() => left.abort());
  return new LearnJob(engine, kind, `learn.${name}`, left.signal);
}
