import type { Suite } from '../row.ts';
import { headlines, matchesHeadline } from './headlines.ts';
import { type Case, cases } from './suites.ts';

export interface Selection {
  readonly suites: readonly Suite[];
  readonly filter: RegExp | undefined;
  readonly quick: boolean;
  /** Only the rows of the READMEs. */
  readonly headlines: boolean;
  readonly threads: number;
}

/** A quick run leaves out cases with more operations. */
const quickFlops = 5e9;

/** The selected cases, in their order. */
export function selectCases({ suites, filter, quick, threads, ...only }: Selection): Case[] {
  const isHeadline = (subject: Case) =>
    headlines.some((headline) => matchesHeadline(headline, { ...subject, case: subject.name, threads }));
  return cases.filter(
    (subject) =>
      suites.includes(subject.suite) &&
      (!only.headlines || isHeadline(subject)) &&
      (filter?.test(caseLabel(subject)) ?? true) &&
      !(quick && (subject.large || (subject.flops ?? 0) > quickFlops)),
  );
}

/** The text that a filter is tested against, such as `ops/matmul 64x64x64 f32`. */
export function caseLabel({ suite, name, dtype }: Pick<Case, 'suite' | 'name' | 'dtype'>): string {
  return `${suite}/${name} ${dtype}`;
}
