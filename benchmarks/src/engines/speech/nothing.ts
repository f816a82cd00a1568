import type { Prepared } from '../engine.ts';

/** The work of which memory is subtracted from that of the others. */
export const nothing: Prepared = { run: () => new Float32Array(0), dispose: () => {} };
