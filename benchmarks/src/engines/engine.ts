import type { Work } from '../cases/work.ts';
import type { BackendName } from '../row.ts';

/** A piece of work made ready: weights loaded and packed, operands where the engine wants them. */
export interface Prepared {
  /** Does the work once. The output is the caller's to read until the next run. */
  run(): Float32Array | Promise<Float32Array>;
  /** Brings an output into the layout that the work describes, for the check alone: it is not timed. Default: as it is. */
  arrange?(output: Float32Array): Float32Array;
  /** Frees what `prepare` took. */
  dispose(): void | Promise<void>;
}

/** A backend of ours or a peer, started. */
export interface Engine {
  readonly name: BackendName;
  readonly threads: number;
  /** Makes work ready, or answers undefined when the engine has no such operation. */
  prepare(work: Work): Promise<Prepared | undefined> | Prepared | undefined;
  dispose?(): void | Promise<void>;
}
