import {
  type Chance,
  joined,
  mutateBytes,
  mutateJsonText,
  mutateText,
  replaceInJson,
} from '../../../../packages/core/test/fuzz/mutate.ts';
import type { FuzzInput, FuzzReader } from '../../../../packages/core/test/fuzz/reader.ts';

type Content = Uint8Array | string;
/** Texts and numbers of the readers' sources. */
export type Words = readonly (string | number)[];

/** Changes one or two parts of an input: as the mutations of a reader's own do, by a word of the sources, or by a piece of another input. */
export function mutateInput(
  chance: Chance,
  { input, other, reader, words }: { input: FuzzInput; other: FuzzInput; reader: FuzzReader; words: Words },
): FuzzInput {
  const names = Object.keys(input).filter((name) => !reader.fixed?.includes(name));
  const result: Record<string, Content> = { ...input };
  if (names.length === 0) return result;
  for (let count = 1 + chance.below(2); count > 0; count--) {
    const name = chance.of(names);
    const content = result[name]!;
    const donor = other[name] ?? content;
    result[name] =
      typeof content === 'string'
        ? mutateString(chance, content, String(donor), words)
        : mutateBinary(chance, content, donor instanceof Uint8Array ? donor : content, words);
  }
  return result;
}

function parse(text: string): { value: unknown } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function mutateString(chance: Chance, text: string, donor: string, words: Words): string {
  const json = parse(text);
  const kind = chance.below(6);
  if (json) {
    const from = kind === 0 ? parse(donor) : undefined;
    if (kind === 0 && from) return replaceInJson(chance, json.value, from.value);
    if (kind === 1) return replaceInJson(chance, json.value, [chance.of(words)]);
    return mutateJsonText(chance, json.value);
  }
  const at = chance.below(text.length + 1);
  if (kind === 0) return text.slice(0, at) + donor.slice(chance.below(donor.length + 1));
  if (kind === 1) return text.slice(0, at) + chance.of(words) + text.slice(at);
  return mutateText(chance, text);
}

function mutateBinary(chance: Chance, bytes: Uint8Array, donor: Uint8Array, words: Words): Uint8Array {
  // Headers are at the front.
  const within = Math.max(1, bytes.length >> chance.below(6));
  const at = chance.below(within);
  const kind = chance.below(6);
  if (kind === 0) return joined([bytes.subarray(0, at), donor.subarray(chance.below(donor.length + 1))]);
  if (kind === 1) {
    const word = bytesOfWord(chance, chance.of(words));
    const after = chance.below(2) === 0 ? at : at + word.length;
    return joined([bytes.subarray(0, at), word, bytes.subarray(Math.min(after, bytes.length))]);
  }
  return mutateBytes(chance, bytes, within);
}

function bytesOfWord(chance: Chance, word: string | number): Uint8Array {
  if (typeof word === 'string') return new TextEncoder().encode(word);
  const bytes = new Uint8Array(chance.of([1, 2, 4, 8]));
  for (let i = 0, rest = Math.abs(Math.trunc(word)); i < bytes.length; i++, rest = Math.floor(rest / 256))
    bytes[i] = rest % 256;
  return bytes;
}
