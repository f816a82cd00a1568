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
