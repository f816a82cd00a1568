import type { CosineParts } from '../../engine/jobs/search-why.ts';

/** Parts of a sum that are named; the others are added up. */
const NAMED = 8;

/** The first parts of a sum, largest first, and the sum of the others. */
export interface Leading<Part> {
  readonly first: readonly Part[];
  readonly others: number;
  readonly rest: number;
}

/** @param parts largest first */
export function leading<Part extends { readonly part: number }>(parts: readonly Part[]): Leading<Part> {
  const others = parts.slice(NAMED);
  return {
    first: parts.slice(0, NAMED),
    others: others.length,
    rest: others.reduce((sum, { part }) => sum + part, 0),
  };
}

/** A pair of tokens by their places, and its part of the cosine. */
export interface Pair {
  readonly query: number;
  readonly passage: number;
  readonly part: number;
}

/** All pairs of tokens, the largest part first. */
export function pairsOf({ parts, passageTokens }: CosineParts): Pair[] {
  const width = passageTokens.tokens.length;
  return Array.from(parts, (part, i) => ({
    query: Math.floor(i / width),
    passage: i % width,
    part,
  })).sort((a, b) => b.part - a.part);
}

/** What each token of the passage adds: with one token of the query, or with all. */
export function passageParts({ parts, passageTokens }: CosineParts, query: number | undefined): number[] {
  const width = passageTokens.tokens.length;
  return passageTokens.tokens.map((_, j) => {
    if (query !== undefined) return parts[query * width + j]!;
    let sum = 0;
    for (let at = j; at < parts.length; at += width) sum += parts[at]!;
    return sum;
  });
}

/** What each token of the query adds with all of the passage. */
export function queryParts({ parts, queryTokens, passageTokens }: CosineParts): number[] {
  const width = passageTokens.tokens.length;
  return queryTokens.tokens.map((_, i) =>
    parts.subarray(i * width, (i + 1) * width).reduce((sum, part) => sum + part, 0),
  );
}
