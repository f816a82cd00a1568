const WORD = /[\p{L}\p{N}]+/gu;

/** The words that are in both texts, as the first spells them, in its order; letters of another case are the same. */
export function sharedWords(first: string, second: string): string[] {
  const others = new Set(second.match(WORD)?.map((word) => word.toLowerCase()));
  const found = new Map<string, string>();
  for (const word of first.match(WORD) ?? []) {
    const key = word.toLowerCase();
    if (others.has(key) && !found.has(key)) found.set(key, word);
  }
  return [...found.values()];
}
