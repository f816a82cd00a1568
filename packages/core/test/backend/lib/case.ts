import { type Backend, withScope } from '../../../src/backend/index.ts';
import { disagreement, type Tolerance } from './compare.ts';
import { Inputs } from './inputs.ts';

/** One operation on one set of arguments, which parameters and seed make again. */
export interface Case {
  /** What prints when the case fails, and what runs it alone. */
  readonly name: string;
  readonly seed: number;
  readonly tolerance: Tolerance;
  /** What each value of each result may lose beyond the tolerance in a backend that rounds its arguments. */
  losses?(backend: string): Float64Array[];
  run(inputs: Inputs): Float32Array[];
}

/** `name` is the operation with its parameters, so that a failure says all that is needed to repeat it. */
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

/** The case's results in one backend. Throws if the operation changed an argument. */
export function runCase(backend: Backend, { seed, run }: Pick<Case, 'seed' | 'run'>): Float32Array[] {
  return withScope(backend, () => {
    const inputs = new Inputs(backend, seed);
    try {
      const results = run(inputs);
      const changed = inputs.changed();
      if (changed) throw new Error(`an argument of shape ${changed} was changed`);
      return results;
    } finally {
      inputs.release();
    }
  });
}

/**
 * Runs every case in every backend and returns a line for each that disagrees with the reference. `HEADWISE_CASE='…'` leaves only
 * the cases whose name contains the text: paste a failing line there to run it alone.
 */
export function failures(cases: readonly Case[], reference: Backend, backends: readonly Backend[]): string[] {
  const wanted = process.env.HEADWISE_CASE ?? '';
  const lines: string[] = [];
  for (const one of cases) {
    if (!one.name.includes(wanted)) continue;
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
