/** Which text of a pair is cut if both together are too long, and whether any may be. */
export type TruncationStrategy = 'longestFirst' | 'onlyFirst' | 'onlySecond' | 'error';

/** From which end tokens are left out. */
export type TruncationSide = 'right' | 'left';

/**
 * How many tokens to keep of a text and its pair, so that together they are at most `budget`. The longer one is cut
 * first, as Hugging Face's `longest_first` does; of two that are as long, the pair keeps the odd token.
 */
export function truncatedLengths(first: number, second: number, budget: number): [number, number] {
  if (first + second <= budget) return [first, second];
  const shorter = Math.min(first, second);
  // If the shorter one fits into its half, all of it stays and the other has the rest.
  const kept = Math.min(shorter, Math.floor(budget / 2));
  const rest = budget - kept;
  return first > second ? [rest, kept] : [kept, rest];
}

/** The same for every strategy; undefined if the strategy cannot make the texts fit. */
export function lengthsByStrategy(
  strategy: TruncationStrategy,
  first: number,
  second: number,
  budget: number,
): [number, number] | undefined {
  const excess = first + second - budget;
  if (excess <= 0) return [first, second];
  switch (strategy) {
    case 'longestFirst':
      return truncatedLengths(first, second, budget);
    case 'onlyFirst':
      return first >= excess ? [first - excess, second] : undefined;
    case 'onlySecond':
      return second >= excess ? [first, second - excess] : undefined;
    case 'error':
      return undefined;
  }
}

/** The strategy and side that a tokenizer.json's `truncation` names; its length is a setting of whoever saved the file. */
export function truncationOf(json: unknown): { strategy: TruncationStrategy; side: TruncationSide } {
  const { strategy, direction } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  const strategies: Readonly<Record<string, TruncationStrategy>> = {
    OnlyFirst: 'onlyFirst',
    OnlySecond: 'onlySecond',
  };
  return {
    strategy: strategies[String(strategy)] ?? 'longestFirst',
    side: direction === 'Left' ? 'left' : 'right',
  };
}
