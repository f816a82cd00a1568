import { HeadwiseError } from '@headwise/core';
import type { Hearing } from './hearing.ts';

/** Hearings that jobs can ask for: of a sound as it is, and with heads silenced. */
const hearings = new Map<number, Hearing>();
let count = 0;

/** Keeps a hearing beside another, and no others; returns its number. */
export function keepHearing(hearing: Hearing, beside: number | undefined): number {
  count += 1;
  for (const id of hearings.keys()) if (id !== beside) hearings.delete(id);
  hearings.set(count, hearing);
  return count;
}

/** Throws `HeadwiseError` for one that is no longer kept. */
export function hearingOf(id: number): Hearing {
  const hearing = hearings.get(id);
  if (!hearing) throw new HeadwiseError('ERR_CONFIG', `listen: hearing ${id} is no longer kept`);
  return hearing;
}
