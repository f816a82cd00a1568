import { describe, expect, it } from 'vitest';
import { tinyTokenizer } from '../../test/helpers/tiny-encoders.ts';
import { tokenizerOf } from '../../test/helpers/tiny-tokenizers.ts';
import { ContextLengthError } from '../errors.ts';
import { truncatePrompt, truncateSource } from './fit.ts';

const tokenizer = tokenizerOf(tinyTokenizer());
const [cls, sep] = [tokenizer.tokenToId('[CLS]')!, tokenizer.tokenToId('[SEP]')!];
/** [CLS], `count` tokens that are not special, [SEP]. */
const wrapped = (count: number) =>
  Int32Array.from([cls, ...Array.from({ length: count }, (_, i) => 10 + i), sep]);
const plain = (count: number) => Int32Array.from({ length: count }, (_, i) => 10 + i);

describe('truncatePrompt', () => {
  const cut = (ids: Int32Array, side: 'left' | 'right' | undefined, newTokens: number) => [
    ...truncatePrompt('generate', ids, 8, side, newTokens, tokenizer),
  ];

  it('leaves room for the new tokens, at least one and at most half of the context', () => {
    expect(cut(plain(7), 'left', 100)).toEqual([...plain(7)]);
    expect(cut(plain(8), 'left', 1)).toEqual([11, 12, 13, 14, 15, 16, 17]);
    expect(cut(plain(8), 'left', 0)).toHaveLength(7);
    expect(cut(plain(8), 'right', 3)).toEqual([10, 11, 12, 13, 14]);
    expect(cut(plain(20), 'left', 100)).toEqual([26, 27, 28, 29]);
  });

  it('keeps special tokens at the beginning and the end', () => {
    expect(cut(wrapped(9), 'left', 3)).toEqual([cls, 16, 17, 18, sep]);
    expect(cut(wrapped(9), 'right', 3)).toEqual([cls, 10, 11, 12, sep]);
  });

  it('throws ContextLengthError with the lengths when no side is given', () => {
    expect(() => cut(plain(8), undefined, 1)).toThrow(ContextLengthError);
    expect(() => cut(plain(8), undefined, 1)).toThrow('the prompt has 8 tokens, the model reads 8');
  });
});

describe('truncateSource', () => {
  it('keeps the maximum number of tokens', () => {
    const cut = (ids: Int32Array, side: 'left' | 'right' | undefined) => [
      ...truncateSource('generate', ids, 5, side, tokenizer),
    ];
    expect(cut(plain(5), undefined)).toEqual([...plain(5)]);
    expect(cut(wrapped(9), 'right')).toEqual([cls, 10, 11, 12, sep]);
    expect(cut(wrapped(9), 'left')).toEqual([cls, 16, 17, 18, sep]);
    expect(() => cut(plain(6), undefined)).toThrow(ContextLengthError);
  });

  it('keeps the end when there is room for special tokens only', () => {
    expect([...truncateSource('generate', wrapped(9), 2, 'right', tokenizer)]).toEqual([18, sep]);
  });
});
