import { Random } from '@headwise/operation-cases';

/** Words that are one token in BERT's uncased vocabulary, with their ids. */
const words = `
  the 1996 cat 4937 sat 2938 on 2006 a 1037 warm 4010 stone 2962 wall 2813 while 2096 rain 4542
  fell 3062 over 2058 old 2214 town 2237 and 1998 people 2111 walked 2939 home 2188 with 2007
  bread 7852 fish 3869 coffee 4157 books 2808 music 2189 letters 4144 from 2013 friends 2814 who 2040
  lived 2973 near 2379 river 2314
`
  .trim()
  .split(/\s+(?=[a-z])/)
  .map((entry) => entry.split(' ') as [word: string, id: string]);

const [classify, separate] = [101, 102];

/** A text of exactly `tokens` BERT tokens, the two special ones included, and its ids. */
export function textOf(tokens: number): { text: string; ids: Int32Array } {
  const random = new Random(tokens);
  const chosen = Array.from({ length: tokens - 2 }, () => words[Math.floor(random.next() * words.length)]!);
  return {
    text: chosen.map(([word]) => word).join(' '),
    ids: Int32Array.of(classify, ...chosen.map(([, id]) => Number(id)), separate),
  };
}

/** Random lengths of texts in tokens: most of them short, some long. */
export function batchLengths(texts: number): number[] {
  const random = new Random(texts);
  // From 6 to 128 tokens, 36 on average.
  return Array.from({ length: texts }, () => 6 + Math.floor(123 * random.next() ** 3));
}

/** stories15M's continuation of "Once upon a time" as token ids: the begin token, the prompt, and 60 new tokens. */
const story: readonly number[] = [
  1, 9038, 2501, 263, 931, 29892, 727, 471, 263, 2217, 7826, 4257, 365, 2354, 29889, 2296, 18012, 304, 1708,
  5377, 297, 278, 6575, 845, 457, 29889, 3118, 2462, 29892, 1183, 4446, 263, 4802, 29892, 2654, 8287, 297,
  278, 14744, 29889, 739, 471, 278, 6575, 29991, 2296, 2714, 372, 471, 577, 5051, 29889, 13, 29931, 2354,
  5131, 304, 1708, 411, 278, 8287, 29892, 541, 372, 471,
];

/** The story repeated to `tokens` ids. */
export function storiesOf(tokens: number): Int32Array {
  return Int32Array.from({ length: tokens }, (_, i) => story[i % story.length]!);
}
