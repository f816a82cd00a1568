import type { Decoded } from '../../sequences/models.ts';

/** The weights of an output's tokens to the source tokens. */
export interface Alignment {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** `[target, source]`; rows sum to 1. */
  readonly weights: readonly (readonly number[])[];
}

/** The alignment of a decoded output, in three decimals. */
export function alignmentOf(sourceTokens: readonly string[], decoded: Decoded): Alignment {
  const { alignment = [], targetTokens = [] } = decoded;
  return {
    source: sourceTokens,
    target: targetTokens,
    weights: alignment.map((row) => row.map((weight) => Math.round(1000 * weight) / 1000)),
  };
}

/** The places at which consecutive tokens begin and end that together are a text; spaces and `▁` at either end do not count. */
export function placesOf(
  tokens: readonly string[],
  text: string,
): readonly [from: number, to: number] | undefined {
  const bare = (part: string) => part.replaceAll('▁', ' ').trim();
  for (let from = 0; from < tokens.length; from++) {
    if (bare(tokens[from]!) === '') continue;
    for (let [to, joined] = [from, '']; to < tokens.length && bare(joined).length < text.length; ) {
      joined += tokens[to++];
      if (bare(joined) === text) return [from, to];
    }
  }
  return undefined;
}

/**
 * The weight of a target word to a source word: for each token of the target word the sum of its weights to the tokens of the source word; of
 * these the mean. Undefined if either word is not there.
 */
export function wordWeight(
  { source, target, weights }: Alignment,
  sourceWord: string,
  targetWord: string,
): number | undefined {
  const columns = placesOf(source, sourceWord);
  const rows = placesOf(target, targetWord);
  if (!columns || !rows) return undefined;
  const sums = weights
    .slice(...rows)
    .map((row) => row.slice(...columns).reduce((sum, weight) => sum + weight, 0));
  return sums.reduce((sum, weight) => sum + weight, 0) / sums.length;
}

/** Years that are written in full in both languages, once each: `2029` and `2029년`. */
export function yearsOf(source: string, target: string): string[] {
  return [...target.matchAll(/(\d{4})년/g)]
    .map(([, year]) => year!)
    .filter((year) => source.split(year).length === 2 && target.split(year).length === 2);
}
