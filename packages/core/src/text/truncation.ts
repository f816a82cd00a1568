/**
 * Which text of a pair is truncated when both together are longer than `maxLength`: tokens of the longer text first, only the first text,
 * or only the second. `error` truncates nothing and throws.
 */
export type TruncationStrategy = 'longestFirst' | 'onlyFirst' | 'onlySecond' | 'error';

export const TRUNCATION_STRATEGIES: readonly TruncationStrategy[] = [
  'longestFirst',
  'onlyFirst',
  'onlySecond',
  'error',
];

/** The end at which tokens are removed. */
export type TruncationSide = 'right' | 'left';

/**
 * Numbers of tokens to keep of a text and its pair so that together they are at most `budget`. The longer text is truncated first, as with
 * Hugging Face's `longest_first`; of two equally long texts the pair keeps the odd token.
 */
export function truncatedLengths(first: number, second: number, budget: number): [number, number] {
  if (first + second <= budget) return [first, second];
  const shorter = Math.min(first, second);
  // A text shorter than half the budget is kept whole; the other gets the rest.
  const shorterKept = Math.min(shorter, Math.floor(budget / 2));
  const longerKept = budget - shorterKept;
  return first > second ? [longerKept, shorterKept] : [shorterKept, longerKept];
}

/** Numbers of tokens to keep by a strategy; undefined if the strategy cannot reduce the texts to `budget`. */
export function truncatedLengthsBy(
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

/** Strategy and side of tokenizer.json's `truncation`. Its `max_length` is ignored: it is a setting of the run that saved the file. */
export function readTruncation(json: unknown): { strategy: TruncationStrategy; side: TruncationSide } {
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
