import { ModelPool, type PoolObserver } from '@headwise/server/internal';
import { checkModel, type ModelFile, PROBE } from '../output/model-file.ts';
import type { Vectors } from '../output/shard-files.ts';
import type { Plan } from '../plan/plan.ts';

/** The threads of this process with the model of a run. */
export class FleetEngine {
  readonly #pool: ModelPool;
  readonly #plan: Plan;

  private constructor(pool: ModelPool, plan: Plan) {
    this.#pool = pool;
    this.#plan = plan;
  }

  /**
   * Loads the model into `workers` threads, and compares it with that of the run. Rejects with the errors of core's `loadModel`, and with `FleetError` for another
   * model.
   */
  static async start(
    directory: string,
    plan: Plan,
    workers: number,
    { signal, onNotice }: { signal?: AbortSignal; onNotice?: (notice: string) => void } = {},
  ): Promise<FleetEngine> {
    const { source, ...options } = plan.settings.model;
    const observer: PoolObserver = {
      onBatch: () => {},
      onThreadExit: ({ message }) => onNotice?.(`a thread ended, another is started: ${message}`),
      onThreadReady: () => {},
    };
    const pool = await ModelPool.start(
      { id: source, start: { source, options }, workers, maxQueue: Number.MAX_SAFE_INTEGER, observer },
      signal,
    );
    const engine = new FleetEngine(pool, plan);
    try {
      const { labels, ...probe } = await engine.compute([PROBE]);
      await checkModel(directory, plan, probe, labels);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** A vector for each text. Event loop and locks stay free: the threads compute. */
  async compute(texts: readonly string[]): Promise<Vectors & Pick<ModelFile, 'labels'>> {
    const { task, options } = this.#plan.settings;
    const { data, width, labels } = await this.#pool.submit({ kind: 'vectors', task, texts, options });
    return { data, width, ...(labels && { labels: [...labels] }) };
  }

  async close(): Promise<void> {
    await this.#pool.terminate();
  }
}
