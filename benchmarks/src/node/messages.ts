import type { BackendName, Row, Suite } from '../row.ts';

/** What a process that measures is told, in the one message it gets. */
export interface PhaseJob {
  readonly kind: 'phase';
  readonly suite: Suite;
  /** Source of the regular expression that cases must match. */
  readonly filter: string | undefined;
  readonly backends: readonly BackendName[];
  readonly threads: number;
  readonly quick: boolean;
  readonly headlines: boolean;
  /** What earlier processes know of the reference's outputs. */
  readonly expected: ReadonlyMap<string, Float32Array>;
}

/** A process that runs one case with one backend only to see how much memory that takes. */
export interface MemoryJob {
  readonly kind: 'memory';
  /** The case's label. */
  readonly label: string;
  readonly backend: BackendName;
  readonly threads: number;
}

export type Job = PhaseJob | MemoryJob;

/** What such a process answers. */
export type Message =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'expected'; readonly outputs: ReadonlyMap<string, Float32Array> }
  | { readonly kind: 'peak'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly message: string };
