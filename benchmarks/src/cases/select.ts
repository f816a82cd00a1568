import type { Suite } from '../row.ts';
import { headlines, isAbout } from './headlines.ts';
import { type Case, cases } from './suites.ts';

export interface Selection {
  readonly suites: readonly Suite[];
  readonly filter: RegExp | undefined;
  readonly quick: boolean;
  /** Only what the READMEs show. */
  readonly headlines: boolean;
  readonly threads: number;
}

/** A quick run leaves out what takes more operations than this. */
const quickFlops = 5e9;

/** The cases that a command line asks for, in the order of their suites. */
export function selectCases({ suites, filter, quick, threads, ...only }: Selection): Case[] {
  const shown = (subject: Case) =>
    headlines.some((headline) => isAbout(headline, { ...subject, case: subject.name, threads }));
  return cases.filter(
    (subject) =>
      suites.includes(subject.suite) &&
      (!only.headlines || shown(subject)) &&
      (filter?.test(caseLabel(subject)) ?? true) &&
      !(quick && (subject.large || (subject.flops ?? 0) > quickFlops)),
  );
}

/** What a filter is tested against, such as `ops/matmul 64x64x64 f32`. */
export function caseLabel({ suite, name, dtype }: Pick<Case, 'suite' | 'name' | 'dtype'>): string {
  return `${suite}/${name} ${dtype}`;
}
