import type { BackendName, Row, Suite } from '../row.ts';

/** The job of a measuring process: a suite with one number of threads. */
export interface PhaseJob {
  readonly kind: 'phase';
  readonly suite: Suite;
  /** Source of the filter's regular expression. */
  readonly filter: string | undefined;
  readonly backends: readonly BackendName[];
  readonly threads: number;
  readonly quick: boolean;
  readonly headlines: boolean;
  /** Reference outputs of earlier processes. */
  readonly expected: ReadonlyMap<string, Float32Array>;
}

/** The job of measuring the peak memory of one case and backend. */
export interface MemoryJob {
  readonly kind: 'memory';
  /** The case's label. */
  readonly label: string;
  readonly backend: BackendName;
  readonly threads: number;
}

export type Job = PhaseJob | MemoryJob;

/** Messages of a measuring process. */
export type Message =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'expected'; readonly outputs: ReadonlyMap<string, Float32Array> }
  | { readonly kind: 'peak'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly message: string };
