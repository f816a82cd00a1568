import type { Work } from '../cases/work.ts';
import type { Engine, Prepared } from '../engines/engine.ts';
import { compare, type Tolerance } from './check.ts';

/** How an output must agree with the expected one before it is timed. */
export interface Gate {
  readonly expected: Float32Array;
  readonly tolerance: Tolerance;
  /** Length of the segments of the output that are each compared relative to their own largest value. Default: all. */
  readonly segment?: number;
  /** The part of an output that is compared. Default: all of it. */
  part?(output: Float32Array): Float32Array;
}

/** A work whose output was found to be right, or what is wrong with it. */
export type Checked =
  | { readonly prepared: Prepared; readonly maxError: number; readonly failure?: undefined }
  | { readonly failure: string; readonly maxError: number | null };

/** Prepares a work and compares its output; undefined if the engine has no such operation. What fails is released. */
export async function passGate(engine: Engine, work: Work, gate: Gate): Promise<Checked | undefined> {
  try {
    const prepared = await engine.prepare(work);
    if (!prepared) return undefined;
    const output = await prepared.run();
    const arranged = prepared.arrange?.(output) ?? output;
    const { maxError, failure } = compare(
      gate.part?.(arranged) ?? arranged,
      gate.expected,
      gate.tolerance,
      gate.segment,
    );
    if (failure === undefined) return { prepared, maxError };
    await prepared.dispose();
    return { failure, maxError };
  } catch (error) {
    return { failure: messageOf(error), maxError: null };
  }
}

/** The first line of an error's message. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]!.slice(0, 200) || 'failed without a message';
}
