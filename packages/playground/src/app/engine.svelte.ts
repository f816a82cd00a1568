import { EngineClient, type RunOptions, startWorker } from '../engine/client.ts';
import type { LocalModel, ModelEvent } from '../engine/job.ts';
import type { JobKind, JobParams, JobProgress, JobResult } from '../engine/jobs/index.ts';
import type { ModelId } from '../engine/registry.ts';
import { type Failure, failureOf } from './failure.ts';

/** The folder of all models: `models/<id>/<file>`. */
export const MODELS_URL = new URL(`${import.meta.env.BASE_URL}models/`, document.baseURI).href;

/** The engine of the page, for all rooms. Its worker starts with the first job. */
export class Engine {
  /** How far each model is; undefined for those that nobody asked for. */
  models = $state.raw<Readonly<Partial<Record<ModelId, ModelEvent>>>>({});
  /** Why the worker has ended; `restart` starts another. */
  stopped = $state.raw<Failure | undefined>();
  /** The model of files that the visitor opened, while it is in use. */
  local = $state.raw<LocalModel | undefined>();
  #client: EngineClient | undefined;

  /** Runs a job: see `EngineClient.run`. */
  run<Kind extends JobKind>(
    kind: Kind,
    params: JobParams<Kind>,
    options?: RunOptions<JobProgress<Kind>>,
  ): Promise<JobResult<Kind>> {
    this.#client ??= new EngineClient(startWorker(MODELS_URL), {
      onModel: (id, event) => {
        this.models = { ...this.models, [id]: event };
      },
      onStop: (reason) => {
        this.stopped = failureOf(reason);
        this.models = {};
        this.local = undefined;
      },
    });
    return this.#client.run(kind, params, options);
  }

  /** Lets the next job start a new worker. */
  restart(): void {
    this.#client?.dispose();
    this.#client = undefined;
    this.stopped = undefined;
    this.models = {};
    this.local = undefined;
  }
}
