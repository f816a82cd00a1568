import type { Backend } from '../../../src/index.ts';
import { withScope } from '../../../src/internal.ts';
import type { Operation } from '../../operations/index.ts';
import { disagreement, ONE_OPERATION, type Tolerance } from './compare.ts';
import { Inputs } from './inputs.ts';

/** One operation on operands that are determined by parameters and seed. */
export interface Case {
  /** Printed on failure; `HEADWISE_CASE` selects by it. */
  readonly name: string;
  readonly seed: number;
  readonly tolerance: Tolerance;
  /** Error allowed for each value of each result, beyond the tolerance, on a backend that rounds its operands. */
  losses?(backend: string): Float64Array[];
  run(inputs: Inputs): Float32Array[];
}

/** A case with a function of its own. Its name holds the operation and all parameters. */
export function testCase<P extends { readonly seed: number }>(
  operation: string,
  parameters: P,
  tolerance: Tolerance,
  run: (inputs: Inputs, parameters: P) => Float32Array[],
): Case {
  return {
    name: `${operation} ${JSON.stringify(parameters)}`,
    seed: parameters.seed,
    tolerance,
    run: (inputs) => run(inputs, parameters),
  };
}

/** A case of a catalogued operation. */
export function operationCase<P, V>(
  operation: Operation<P, V>,
  parameters: P & { readonly seed: number },
  tolerance: Tolerance = ONE_OPERATION,
): Case {
  return testCase(operation.name, parameters, tolerance, (inputs, p) =>
    callOperation(inputs, operation, p, operation.values(p, inputs.random)),
  );
}

/** Calls a catalogued operation on the given operand values. */
export function callOperation<P, V>(
  inputs: Inputs,
  operation: Operation<P, V>,
  parameters: P,
  values: V,
): Float32Array[] {
  return operation
    .prepare(inputs, parameters, values)()
    .map((tensor) => inputs.backend.read(tensor));
}

/** Runs a case on one backend. Throws if the operation changed an operand. */
export function runCase(backend: Backend, { seed, run }: Pick<Case, 'seed' | 'run'>): Float32Array[] {
  return withScope(backend, () => {
    const inputs = new Inputs(backend, seed);
    try {
      const results = run(inputs);
      const changed = inputs.changed();
      if (changed) throw new Error(`an operand of shape ${changed} was changed`);
      return results;
    } finally {
      inputs.release();
    }
  });
}

/**
 * Runs the cases on all backends and returns a line for each disagreement with the reference. `HEADWISE_CASE='…'` selects the cases whose
 * name contains the text, for example a failing line.
 */
export function failures(cases: readonly Case[], reference: Backend, backends: readonly Backend[]): string[] {
  const selected = process.env.HEADWISE_CASE ?? '';
  const lines: string[] = [];
  for (const one of cases) {
    if (!one.name.includes(selected)) continue;
    const expected = runCase(reference, one);
    for (const backend of backends) {
      const problem = problemOf(one, backend, expected);
      if (problem) lines.push(`${backend.name}: ${one.name}\n    ${problem}`);
    }
  }
  return lines;
}

function problemOf(one: Case, backend: Backend, expected: Float32Array[]): string | undefined {
  try {
    const got = runCase(backend, one);
    const losses = one.losses?.(backend.name);
    for (const [index, values] of expected.entries()) {
      const problem = disagreement(got[index]!, values, one.tolerance, losses?.[index]);
      if (problem) return problem;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
