import { afterAll, describe, expect, test } from 'vitest';
import { HeadwiseError } from '../../src/errors.ts';
import { DecodeStream } from '../../src/text/stream-decode.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import {
  comparable,
  piecesOf,
  readGzip,
  type StoredResult,
  type TokenizerCase,
  tokenizerJsonOf,
  vocabularies,
  wanted,
} from './tokenizer-cases.ts';

// tokenizers 0.23.2 (Rust): test/fixtures/make/made_tokenizers.py
const GROUPS = [
  'normalizers',
  'pre-tokenizers',
  'models',
  'post-processors',
  'decoders',
  'added-tokens',
  'truncation',
];
/** Cases that the library accepts and Headwise refuses by name. */
const REFUSED = new Set(['pre-tokenizer Split X']);
/** The differences that a failing test lists. */
const SHOWN = 3;
const counts = { tokenizers: 0, encodings: 0, decodings: 0, streams: 0 };

afterAll(() => console.log('equal to the Rust library:', JSON.stringify(counts)));

describe.each(GROUPS)('%s give what the Rust library gives', async (group) => {
  const cases = (await readGzip(group)) as TokenizerCase[];
  test.each(cases.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
    const json = tokenizerJsonOf(entry);
    if (entry.refused !== undefined || REFUSED.has(entry.name)) {
      expect(() => Tokenizer.fromFiles({ tokenizerJson: json })).toThrow(HeadwiseError);
      return;
    }
    const tokenizer = Tokenizer.fromFiles({ tokenizerJson: json });
    const differences = [...differencesOf(tokenizer, entry)];
    counts.tokenizers++;
    expect(
      differences.slice(0, SHOWN),
      `${differences.length} differences, of which ${SHOWN} are shown`,
    ).toEqual([]);
  });
});

interface Difference {
  readonly what: string;
  readonly text: unknown;
  readonly got: unknown;
  readonly want: unknown;
}

function* differencesOf(tokenizer: Tokenizer, entry: TokenizerCase): Generator<Difference> {
  const { texts, pairs } = vocabularies;
  const { max_length: maxLength = Infinity } = (entry.json.truncation ?? {}) as { max_length?: number };
  for (const [i, stored] of entry.single.entries()) {
    yield* compareEncoding(tokenizer, stored, texts[i]!, undefined, maxLength);
  }
  for (const [i, stored] of entry.pair.entries()) {
    const [first, second] = pairs[i]!;
    yield* compareEncoding(tokenizer, stored, texts[first]!, texts[second]!, maxLength);
  }
  for (const [i, ids] of (entry.bare ?? []).entries()) {
    const got = [...tokenizer.encode(texts[i]!, { addSpecialTokens: false }).ids];
    yield* compare('ids without special tokens', texts[i], got, ids);
  }
  for (const [ids, ...decoded] of entry.ids ?? []) {
    yield* compareDecoding(tokenizer, ids, undefined, decoded);
  }
}

function* compareEncoding(
  tokenizer: Tokenizer,
  stored: StoredResult,
  text: string,
  pair: string | undefined,
  maxLength: number,
): Generator<Difference> {
  if (stored === null) return;
  const options = { ...(pair !== undefined && { pair }), maxLength };
  const shown = pair === undefined ? text : [text, pair];
  const encode = () => tokenizer.encode(text, { ...options, offsets: true });
  if (stored === 0) {
    yield* compare('error', shown, errorOf(encode), 'HeadwiseError');
    return;
  }
  counts.encodings++;
  const want = wanted(stored, (id) => tokenizer.idToToken(id));
  yield* compare(
    'encoding',
    shown,
    resultOf(() => comparable(encode(), text, pair)),
    want,
  );
  // Without offsets another path may be taken.
  yield* compare(
    'ids',
    shown,
    resultOf(() => [...tokenizer.encode(text, options).ids]),
    stored[0],
  );
  yield* compareDecoding(tokenizer, stored[0], text, stored.slice(4) as never);
}

function* compareDecoding(
  tokenizer: Tokenizer,
  ids: number[],
  text: string | undefined,
  [decoded, plain, stream]: [string | 1 | null, string | 1 | 2, number[] | string[] | 0 | undefined],
): Generator<Difference> {
  if (decoded === null) return;
  counts.decodings++;
  const whole = decoded === 1 ? text! : decoded;
  const withoutSpecial = plain === 1 ? text! : plain === 2 ? whole : plain;
  const decode = (skipSpecialTokens: boolean) =>
    resultOf(() => tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false }));
  yield* compare('decode', ids, decode(false), whole);
  yield* compare('decode without special tokens', ids, decode(true), withoutSpecial);
  if (stream === undefined) return;
  counts.streams++;
  const decoder = new DecodeStream(tokenizer);
  const pieces = resultOf(() => ids.map((id) => decoder.push(id)));
  const wantedPieces = stream === 0 ? undefined : piecesOf(stream, withoutSpecial);
  // The text of a token may depend on later ones: bytes in a row are U+FFFD if the last is not of a character. Then the library's stream
  // fails, or gives other text than its own decode, and so may ours.
  if (!wantedPieces || !withoutSpecial.startsWith(wantedPieces.join(''))) return;
  yield* compare('stream', ids, pieces, wantedPieces);
  const last = resultOf(() => decoder.finish());
  yield* compare(
    'text of the stream',
    ids,
    Array.isArray(pieces) ? pieces.join('') + last : pieces,
    withoutSpecial,
  );
}

function* compare(what: string, text: unknown, got: unknown, want: unknown): Generator<Difference> {
  if (JSON.stringify(got) === JSON.stringify(want)) return;
  yield { what, text, ...(isObject(got) && isObject(want) ? firstDifference(got, want) : { got, want }) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of two encodings only the parts that differ. */
function firstDifference(got: Record<string, unknown>, want: Record<string, unknown>) {
  const keys = Object.keys(want).filter((key) => JSON.stringify(got[key]) !== JSON.stringify(want[key]));
  const pick = (from: Record<string, unknown>) => Object.fromEntries(keys.map((key) => [key, from[key]]));
  return { got: pick(got), want: pick(want) };
}

function resultOf<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

function errorOf(run: () => unknown): string {
  try {
    run();
    return 'no error';
  } catch (error) {
    return error instanceof HeadwiseError ? 'HeadwiseError' : `threw ${String(error)}`;
  }
}
