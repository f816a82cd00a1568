import type { Backend, LinearWeights, Tensor, WeightType } from '@headwise/core';
import { withScope } from '@headwise/core/internal';
import { type Operands, type Operation, operations } from '@headwise/operation-cases';
import type { DecodeWork, OperationWork } from '../cases/work.ts';
import type { Prepared } from './engine.ts';

/** Places operands in the backend's memory, where they stay between runs, as between layers of a model. */
class ConstantOperands implements Operands {
  readonly backend: Backend;
  readonly #constants: (Tensor | LinearWeights)[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
  }

  tensor(values: Float32Array, shape: readonly number[]): Tensor {
    return this.#add(this.backend.constant(values, shape));
  }

  matrix(values: Float32Array, rows: number, features: number): Tensor {
    return this.tensor(values, [rows, features]);
  }

  constant(values: Float32Array, shape: readonly number[]): Tensor {
    return this.tensor(values, shape);
  }

  linear(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype?: WeightType,
  ): LinearWeights {
    return this.#add(this.backend.linearWeights(weight, bias, inFeatures, dtype));
  }

  table(values: Float32Array, width: number, dtype?: WeightType): Tensor {
    return this.#add(this.backend.embeddingTable(values, width, dtype));
  }

  release(): void {
    for (const constant of this.#constants) this.backend.release(constant);
  }

  #add<T extends Tensor | LinearWeights>(constant: T): T {
    this.#constants.push(constant);
    return constant;
  }
}

function prepareCall(on: Operands, { kind, parameters, values }: OperationWork): () => Tensor[] {
  return (operations[kind] as Operation<unknown, unknown>).prepare(on, parameters, values);
}

/** Prepares operations on a backend of Headwise. A run computes and reads the results into one array, which all runs share. */
export function prepareOperation(backend: Backend, work: OperationWork | DecodeWork): Prepared {
  const on = new ConstantOperands(backend);
  const dispose = () => on.release();
  if (work.kind === 'decode') {
    const calls = work.layers.map((layer) => prepareCall(on, layer));
    const length = work.layers.reduce((sum, { parameters }) => sum + parameters.outFeatures, 0);
    const output = new Float32Array(length);
    const run = () => {
      let at = 0;
      for (const [i, call] of calls.entries()) {
        const end = at + work.layers[i]!.parameters.outFeatures;
        withScope(backend, () => backend.read(call()[0]!, output.subarray(at, end)));
        at = end;
      }
      return output;
    };
    return { run, dispose };
  }
  const call = prepareCall(on, work);
  let output: Float32Array | undefined;
  const run = () => {
    output = withScope(backend, () => {
      const [first, ...others] = call();
      const result = others.length > 0 ? backend.concat([first!, ...others], 0) : first!;
      return backend.read(result, output);
    });
    return output;
  };
  return { run, dispose };
}
