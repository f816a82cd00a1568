import type { Offsets, Tensor } from '../../backend/backend.ts';
import { HookRunner } from '../../hooks/hook-runner.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import { type ForwardContext, type Steps, withScope } from '../run/forward.ts';
import { runForward, runUnscoped } from '../run/run-forward.ts';
import { checkFloats, type FloatArray, isFloatArray } from './float-array.ts';
import { Module } from './module.ts';
import { type Values, valuesOf } from './values.ts';

/** Options of every layer's `forward`. */
export interface ForwardOptions {
  /** Hooks that read or replace activations; each layer's documentation lists their names. */
  readonly hooks?: Hooks;
}

/** A layer with hooks. Inputs and outputs are plain arrays, or tensors of its backend for use in other modules. */
export abstract class Layer extends Module {
  /** Runs a forward pass over sequences at `offsets`, with the call's hooks, and records the activations that match `record`. */
  protected run<T>(
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (ctx: ForwardContext) => Steps<T>,
    record: readonly string[] = [],
  ): { result: T; recorded: HookRunner['recorded'] } {
    const runner = hooks || record.length > 0 ? new HookRunner(hooks, record) : undefined;
    const result = runForward(this.backend, offsets, runner, body);
    return { result, recorded: runner?.recorded ?? new Map() };
  }

  /** {@link run} in the scope of the caller: `body` may return tensors. */
  protected runOpen<T>(
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (ctx: ForwardContext) => Steps<T>,
  ): T {
    return runUnscoped(this.backend, offsets, hooks && new HookRunner(hooks), body);
  }

  /** As {@link run}, with tensors in the result of `body`. If `input` is a plain array, their values are returned and activations are freed. */
  protected runOn<T>(
    input: FloatArray | Tensor,
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (ctx: ForwardContext) => Steps<T>,
    record: readonly string[] = [],
  ): { result: T & Values<T>; recorded: HookRunner['recorded'] } {
    const { backend } = this;
    const runner = hooks || record.length > 0 ? new HookRunner(hooks, record) : undefined;
    const run = () => runUnscoped(backend, offsets, runner, body);
    const result = isFloatArray(input) ? withScope(backend, () => valuesOf(backend, run())) : run();
    return { result: result as T & Values<T>, recorded: runner?.recorded ?? new Map() };
  }
}

/** A layer from one tensor to another. */
export abstract class UnaryLayer extends Module {
  forward(x: FloatArray): FloatArray;
  forward(x: Tensor): Tensor;
  forward(x: FloatArray | Tensor): FloatArray | Tensor {
    if (!isFloatArray(x)) return this.compute(x);
    const { backend } = this;
    checkFloats('input', x);
    return withScope(backend, () => {
      const y = this.compute(backend.tensor(x.data, x.shape));
      return { data: backend.read(y), shape: y.shape };
    });
  }

  protected abstract compute(x: Tensor): Tensor;
}
