import type { Work } from '../cases/work.ts';
import type { BackendName } from '../row.ts';

/** A prepared work: weights loaded and packed, operands in the engine's memory where possible. */
export interface Prepared {
  /** Computes once. The output is valid until the next run. */
  run(): Float32Array | Promise<Float32Array>;
  /** Converts an output to the layout of Headwise's operation, for the check. Not timed. Default: identity. */
  arrange?(output: Float32Array): Float32Array;
  /** Releases operands and weights. */
  dispose(): void | Promise<void>;
}

/** A started backend of Headwise or of a peer. */
export interface Engine {
  readonly name: BackendName;
  readonly threads: number;
  /** Prepares a work; undefined if the engine has no such operation. */
  prepare(work: Work): Promise<Prepared | undefined> | Prepared | undefined;
  dispose?(): void | Promise<void>;
}
