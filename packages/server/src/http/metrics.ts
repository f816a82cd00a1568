import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PoolObserver, PoolStatus } from '../pool/model-pool.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

let ofProcess: Registry | undefined;

/** What is measured of the process, for all services in it: it observes the event loop and the garbage collector, and cannot be stopped. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** What `/metrics` shows, in Prometheus' format. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'headwise_request_seconds',
    help: 'Seconds from a request to the end of its response',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #waited = new Histogram({
    name: 'headwise_queue_seconds',
    help: 'Seconds that a request waited for a thread',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #batches = new Histogram({
    name: 'headwise_batch_requests',
    help: 'Requests that a thread computed together',
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers: [this.#registry],
  });
  readonly #tokens = new Counter({
    name: 'headwise_tokens_total',
    help: 'Tokens of answered requests',
    labelNames: ['model', 'kind'],
    registers: [this.#registry],
  });
  readonly #exits = new Counter({
    name: 'headwise_thread_exits_total',
    help: 'Threads that ended or could not start, and were replaced',
    labelNames: ['model'],
    registers: [this.#registry],
  });
  readonly #retries = new Counter({
    name: 'headwise_retried_requests_total',
    help: 'Requests that were computed again because their thread ended',
    labelNames: ['model'],
    registers: [this.#registry],
  });

  /** `statuses` returns the present state of each model's pool. */
  constructor(statuses: () => Iterable<readonly [model: string, status: PoolStatus]>) {
    processRegistry();
    for (const [key, help] of Object.entries(GAUGES) as [keyof PoolStatus, string][]) {
      new Gauge({
        name: `headwise_${key}`,
        help,
        labelNames: ['model'],
        registers: [this.#registry],
        collect() {
          for (const [model, status] of statuses()) this.set({ model }, status[key]);
        },
      });
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return (await processRegistry().metrics()) + (await this.#registry.metrics());
  }

  request(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status }, seconds);
  }

  tokens(model: string, prompt: number, completion: number): void {
    this.#tokens.inc({ model, kind: 'prompt' }, prompt);
    this.#tokens.inc({ model, kind: 'completion' }, completion);
  }

  /** Counts what a model's pool tells. */
  observer(model: string): PoolObserver {
    return {
      onBatch: (waited) => {
        this.#batches.observe({ model }, waited.length);
        for (const seconds of waited) this.#waited.observe({ model }, seconds);
      },
      onThreadExit: (_, retried) => {
        this.#exits.inc({ model });
        this.#retries.inc({ model }, retried);
      },
      onThreadReady: () => {},
    };
  }
}

const GAUGES: Readonly<Record<keyof PoolStatus, string>> = {
  workers: 'Threads that the model should have',
  ready: 'Threads that have loaded the model',
  running: 'Requests that are being computed',
  waiting: 'Requests that wait for a thread',
};
