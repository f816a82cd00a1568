import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Machine } from '../row.ts';

/** Describes this machine for a report. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || `unknown ${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    runtime: `Node ${process.versions.node} (${process.platform} ${process.arch})`,
    date: new Date().toISOString(),
  };
}
