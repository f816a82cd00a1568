import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Encoding } from '../../src/text/tokenizer.ts';

/**
 * What the Rust library gives for a text, as test/fixtures/make/tokenizer_texts.py stores it: ids; the tokens that are not the vocabulary's
 * name of their id, by position; offsets in code points, as differences; type ids, or 0 if all are; the decoded text, or 1 if it is the
 * input; without special tokens, or 2 if that is the same; and the pieces of `DecodeStream`, or their lengths in code points. 0: the
 * library fails. null: not asked.
 */
export type StoredResult =
  | null
  | 0
  | [
      ids: number[],
      named: Record<number, string>,
      offsets: number[],
      typeIds: number[] | 0,
      decoded: string | 1 | null,
      plain: string | 1 | 2,
      stream: number[] | string[] | 0 | undefined,
    ];

export interface TokenizerCase {
  readonly name: string;
  readonly json: Readonly<Record<string, unknown>>;
  /** The library's reason for not making the tokenizer. */
  readonly refused?: string;
  readonly single: readonly StoredResult[];
  readonly pair: readonly StoredResult[];
  /** Ids without special tokens. */
  readonly bare?: readonly number[][];
  /** Ids to decode. */
  readonly ids?: readonly [number[], string | null, string | 1 | 2, number[] | string[] | 0 | undefined][];
}

export async function readGzip(name: string): Promise<unknown> {
  const file = new URL(`../fixtures/tokenizers/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(await readFile(file)).toString());
}

interface Vocabularies {
  readonly texts: readonly string[];
  readonly pairs: readonly [number, number][];
  readonly charsmap: string;
  readonly models: Readonly<Record<string, object>>;
}

export const vocabularies = (await readGzip('vocabularies')) as Vocabularies;

/** The tokenizer.json of a case. */
export function tokenizerJsonOf({ json }: TokenizerCase): Record<string, unknown> {
  const { use, ...options } = json.model as { use: string };
  const text = JSON.stringify({ ...json, model: null }).replaceAll('$charsmap', vocabularies.charsmap);
  return { ...JSON.parse(text), model: { ...vocabularies.models[use], ...options } };
}

/** The parts of an encoding that are compared, with offsets in code points. */
export function comparable(encoding: Encoding, text: string, pair = ''): object {
  const points = [codePointIndex(text), codePointIndex(pair)];
  const { ids, tokens, typeIds, sequenceIds, offsets } = encoding;
  return {
    ids: [...ids],
    tokens,
    typeIds: [...typeIds],
    offsets: Array.from(offsets!, (at, i) => {
      const sequence = sequenceIds[i >> 1]!;
      return sequence < 0 ? at : points[sequence]![at];
    }),
  };
}

/** What `comparable` should be. */
export function wanted(
  stored: Exclude<StoredResult, 0 | null>,
  nameOf: (id: number) => string | undefined,
): object {
  const [ids, named, offsets, typeIds] = stored;
  let end = 0;
  const absolute: number[] = [];
  for (let i = 0; i < offsets.length; i += 2) {
    const start = end + offsets[i]!;
    end = start + offsets[i + 1]!;
    absolute.push(start, end);
  }
  return {
    ids,
    tokens: ids.map((id, i) => named[i] ?? nameOf(id)),
    typeIds: typeIds === 0 ? ids.map(() => 0) : typeIds,
    offsets: absolute,
  };
}

/** The number of code points before each UTF-16 code unit. */
function codePointIndex(text: string): number[] {
  const index: number[] = [];
  let count = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) index.push(count);
    count++;
  }
  index.push(count);
  return index;
}

/** The pieces of a stream: stored as they are, or as lengths of parts of `decoded`. */
export function piecesOf(stream: number[] | string[], decoded: string): string[] {
  const characters = [...decoded];
  let at = 0;
  return stream.map((piece) => {
    if (typeof piece === 'string') return piece;
    const start = at;
    at += piece;
    return characters.slice(start, at).join('');
  });
}
