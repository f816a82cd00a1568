import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadwiseError, type Tokenizer } from '../../src/index.ts';
import { TOKENIZE_OPTIONS } from '../../src/text/base-tokenizer.ts';
import {
  byteFallbackJson,
  byteLevelJson,
  casedJson,
  tokenizerOf,
  unigramJson,
} from '../helpers/tiny-tokenizers.ts';

const TOKENIZERS: readonly [string, Tokenizer][] = [
  ['byte-level BPE', tokenizerOf(byteLevelJson())],
  ['BPE with byte fallback', tokenizerOf(byteFallbackJson())],
  ['Unigram', tokenizerOf(unigramJson())],
  ['WordPiece', tokenizerOf(casedJson())],
];

const letters = fc.constantFrom(
  'a',
  'bank',
  'The',
  ' ',
  '  ',
  '\n',
  '가',
  '한',
  'é',
  'e\u0301',
  '😀',
  '👩‍👩',
  '中',
  '.',
  '<s>',
  '[SEP]',
  '\0',
  '▁',
  'fi',
);
const text = fc.oneof(
  fc.array(letters, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const settings = { numRuns: 150, seed: 1 };

describe.each(TOKENIZERS)('%s', (_, tokenizer) => {
  it('gives ids of its vocabulary, with offsets in the text, within any maxLength', () => {
    const options = fc.record(
      {
        pair: text,
        maxLength: fc.integer({ min: 4, max: 20 }),
        truncation: fc.constantFrom('longestFirst' as const, 'onlyFirst' as const),
        addSpecialTokens: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(text, options, (first, drawn) => {
        // Only the first text can be cut then.
        const { pair, ...single } = drawn;
        const given = drawn.truncation === 'onlyFirst' ? single : drawn;
        const all = { ...given, offsets: true } as const;
        const { ids, offsets, sequenceIds, typeIds, tokens, truncated } = tokenizer.encode(first, all);
        expect(ids.length).toBeLessThanOrEqual(drawn.maxLength ?? Infinity);
        for (const list of [typeIds, sequenceIds, tokens]) expect(list).toHaveLength(ids.length);
        for (const [i, id] of ids.entries()) {
          expect(id).toBeLessThan(tokenizer.vocabSize);
          const [start, end] = [offsets[2 * i]!, offsets[2 * i + 1]!];
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual([first, pair ?? ''][sequenceIds[i]!]?.length ?? 0);
        }
        const whole = tokenizer.encode(first, { ...given, maxLength: Infinity });
        expect(truncated).toBe(whole.ids.length > ids.length);
        expect(tokenizer.encode(first, given).ids).toEqual(ids);
      }),
      settings,
    );
  });

  it('accepts any options, or refuses them with a HeadwiseError', () => {
    const name = fc.constantFrom(...Object.keys(TOKENIZE_OPTIONS), '__proto__', 'max_length');
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, true, -1, 0, 1, 1.5, 5, NaN, 'longestFirst', 'onlySecond', '', [], {}),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const drawn = fc.array(fc.tuple(name, value), { maxLength: 3 }).map(Object.fromEntries);
    fc.assert(
      fc.property(fc.oneof(text, fc.jsonValue()), drawn, (input, options) => {
        try {
          tokenizer.encode(input as string, options);
        } catch (error) {
          expect(error).toBeInstanceOf(HeadwiseError);
        }
      }),
      settings,
    );
  });

  it('decodes any ids, or refuses them with a HeadwiseError', () => {
    const id = fc.oneof(
      fc.nat(tokenizer.vocabSize - 1),
      fc.constantFrom<unknown>(-1, 1.5, NaN, 2 ** 32, 'a', null),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 8 }), fc.boolean(), (ids, skipSpecialTokens) => {
        try {
          expect(tokenizer.decode(ids as number[], { skipSpecialTokens })).toBeTypeOf('string');
        } catch (error) {
          expect(error).toBeInstanceOf(HeadwiseError);
        }
      }),
      settings,
    );
  });
});

it('byte-level BPE decodes to the text that it encoded', () => {
  const [, tokenizer] = TOKENIZERS[0]!;
  const plain = text.filter((one) => one.isWellFormed() && !one.includes('<'));
  fc.assert(
    fc.property(plain, (one) => {
      expect(tokenizer.decode(tokenizer.encode(one).ids)).toBe(one);
    }),
    settings,
  );
});
