import type { Engine } from '../../../app/engine.svelte.ts';
import { type Failure, failureOf, isHandled } from '../../../app/failure.ts';
import type { PatchParams } from '../../../engine/jobs/patch.ts';

export type Patching = Omit<PatchParams, 'fromRow'>;

/** Measures what patching does, row by row. What an interruption leaves is a part, and can be continued. */
export class PatchMeasurement {
  /** Rows that are measured, by what they are of. */
  #rows = $state.raw<ReadonlyMap<string, ReadonlyArray<readonly number[]>>>(new Map());
  /** What is being measured. */
  #running = $state<string | undefined>();
  failure = $state.raw<Failure | undefined>();
  #controller: AbortController | undefined;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  rowsOf(patching: Patching): ReadonlyArray<readonly number[]> {
    return this.#rows.get(keyOf(patching)) ?? [];
  }

  isRunning(patching: Patching): boolean {
    return this.#running === keyOf(patching);
  }

  /** Measures the rows that are missing, in the background. */
  async start(patching: Patching): Promise<void> {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    const key = keyOf(patching);
    this.#running = key;
    this.failure = undefined;
    try {
      await this.#engine.run(
        'patch',
        { ...patching, fromRow: this.rowsOf(patching).length },
        {
          priority: 'background',
          slot: 'explore.patch',
          signal: controller.signal,
          onProgress: ({ recovered }) => {
            this.#rows = new Map(this.#rows).set(key, [...this.rowsOf(patching), recovered]);
          },
        },
      );
    } catch (error) {
      if (!isHandled(error)) this.failure = failureOf(error);
    } finally {
      if (this.#controller === controller) this.#running = undefined;
    }
  }

  stop(): void {
    this.#controller?.abort();
    this.#running = undefined;
  }
}

function keyOf({ model, texts, kind, layer }: Patching): string {
  return JSON.stringify([model, texts, kind, kind === 'layerHeads' ? layer : undefined]);
}
