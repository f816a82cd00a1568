import type { Offsets, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { matches } from '../../hooks/hooks.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import { runSteps } from '../../nn/run/run-forward.ts';
import { WHOLE } from '../../nn/run/shard.ts';
import { dropout } from '../dropout/dropout.ts';
import { dropoutKey } from '../dropout/mask.ts';
import type { DropoutRates } from '../dropout/rates.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import type { LossContext } from './objective.ts';

/** Position of a batch in a run, from which its dropout masks follow. */
export interface RunPosition {
  readonly seed: number;
  /** Steps of the optimiser before this one. */
  readonly step: number;
  /** Index of the batch among those of the step (gradient accumulation). */
  readonly microBatch: number;
}

export interface LossContextOptions<Model> {
  readonly model: Model;
  readonly backend: RecordingBackend;
  /** Absent in evaluation. */
  readonly training?: { readonly position: RunPosition; readonly rates: DropoutRates };
  /** Called with activations whose name `watches` accepts, after dropout. */
  readonly inspect?: { watches(name: string): boolean; visit(name: string, values: Float32Array): void };
  readonly addMetric?: (name: string, sum: number, count: number) => void;
}

/** The context of one batch, which also knows whether dropout has reached every activation that it was to. */
export interface CheckedLossContext<Model> extends LossContext<Model> {
  /** Throws `ConfigError` with the patterns of dropout rates that no activation has matched. */
  assertAllMatched(): void;
}

/** The context of one batch. */
export function createLossContext<Model>(options: LossContextOptions<Model>): CheckedLossContext<Model> {
  const { model, backend, training, inspect, addMetric } = options;
  const rates = new Map<string, number>();
  const unmatched = new Set(
    Object.entries(training?.rates ?? {}).flatMap(([pattern, rate]) => (rate > 0 ? [pattern] : [])),
  );
  let calls = 0;

  function rateOf(name: string): number {
    if (!training) return 0;
    let rate = rates.get(name);
    if (rate === undefined) {
      rate = Object.entries(training.rates).find(([pattern]) => matches(pattern, name))?.[1] ?? 0;
      rates.set(name, rate);
    }
    return rate;
  }

  function noteMatches(name: string): void {
    for (const pattern of unmatched) if (matches(pattern, name)) unmatched.delete(pattern);
  }

  function assertAllMatched(): void {
    if (unmatched.size === 0) return;
    const names = [...unmatched].map((name) => JSON.stringify(name)).join(', ');
    throw new ConfigError(`dropout: the forward pass has no activation named ${names}`);
  }

  function drop(x: Tensor, rate: number): Tensor {
    if (!training || rate === 0) return x;
    const { seed, step, microBatch } = training.position;
    return dropout(backend, x, rate, dropoutKey(seed, step, microBatch, calls++));
  }

  const watches = (name: string) => rateOf(name) > 0 || inspect?.watches(name) === true;
  const isWatching = inspect !== undefined || Object.values(training?.rates ?? {}).some((rate) => rate > 0);

  function run<T>(offsets: Offsets, body: (ctx: ForwardContext) => Steps<T>): T {
    const ctx: ForwardContext = { backend, shard: WHOLE, offsets, ...(isWatching && { watches }) };
    backend.adapterDropout = training && drop;
    try {
      return runSteps(body(ctx), (request) => {
        if (request.kind === 'sum') return request.partial;
        noteMatches(request.name);
        const value = drop(request.value, rateOf(request.name));
        if (inspect?.watches(request.name)) inspect.visit(request.name, backend.read(value));
        return value;
      });
    } finally {
      backend.adapterDropout = undefined;
    }
  }

  return {
    model,
    backend,
    training: training !== undefined,
    run,
    dropout: drop,
    addMetric: (name, sum, count) => addMetric?.(name, sum, count),
    assertAllMatched,
  };
}
