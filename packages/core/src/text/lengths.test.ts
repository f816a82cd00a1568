import { describe, expect, it } from 'vitest';
import { tinyTokenizer } from '../../test/helpers/tiny-encoders.ts';
import { byteLevelJson, tokenizerOf, unigramJson } from '../../test/helpers/tiny-tokenizers.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import { padSequences } from './padding.ts';

const tokenizer = tokenizerOf(tinyTokenizer());

describe('Tokenizer.encode with truncation', () => {
  const pair = { pair: 'she sat by the bank', maxLength: 8 };
  const encode = (truncation: 'longestFirst' | 'onlyFirst' | 'onlySecond') =>
    tokenizer.encode('the river was muddy', { ...pair, truncation }).tokens.join(' ');

  it('shortens the longer text, or the one that the strategy names', () => {
    expect(encode('longestFirst')).toBe('[CLS] the river [SEP] she sat by [SEP]');
    expect(encode('onlySecond')).toBe('[CLS] the river was muddy [SEP] she [SEP]');
    expect(encode('onlyFirst')).toBe('[CLS] [SEP] she sat by the bank [SEP]');
  });

  it('throws ConfigError when the strategy cannot reach maxLength', () => {
    const options = { ...pair, maxLength: 6 };
    expect(() => tokenizer.encode('the river was muddy', { ...options, truncation: 'onlySecond' })).toThrow(
      ConfigError,
    );
    expect(() => tokenizer.encode('the river', { maxLength: 3, truncation: 'error' })).toThrow(
      "the text has 2 tokens, 1 fit into maxLength 3; truncation 'error' cannot remove the rest",
    );
    expect(tokenizer.encode('the river', { maxLength: 4, truncation: 'error' }).truncated).toBe(false);
  });

  it('uses the strategy and direction of tokenizer.json by default', () => {
    const truncation = { direction: 'Left', strategy: 'OnlySecond', max_length: 3, stride: 0 };
    const left = tokenizerOf({ ...tinyTokenizer(), truncation });
    expect(left.encode('the river', { ...pair, maxLength: 7 }).tokens.join(' ')).toBe(
      '[CLS] the river [SEP] the bank [SEP]',
    );
  });

  it('truncates from the left to no token', () => {
    const truncation = { direction: 'Left', strategy: 'OnlyFirst', max_length: 3, stride: 0 };
    const left = tokenizerOf({ ...tinyTokenizer(), truncation });
    expect(left.encode('the river', { maxLength: 2 }).tokens).toEqual(['[CLS]', '[SEP]']);
    const { tokens, truncated } = left.encode('the river was muddy', { ...pair, maxLength: 8 });
    expect(tokens.join(' ')).toBe('[CLS] [SEP] she sat by the bank [SEP]');
    expect(truncated).toBe(true);
  });

  it('modelMaxLength is that of tokenizer_config.json, or Infinity', () => {
    expect(tokenizerOf(tinyTokenizer(), { model_max_length: 512 }).modelMaxLength).toBe(512);
    expect(tokenizerOf(tinyTokenizer(), { model_max_length: 1e30 }).modelMaxLength).toBe(Infinity);
    expect(tokenizer.modelMaxLength).toBe(Infinity);
  });
});

describe('Tokenizer.encodeWindows', () => {
  const context = 'she sat by the river bank she sat by the bank';

  it('covers the second text with overlapping windows that contain the whole first text', () => {
    const windows = tokenizer.encodeWindows('was she', { pair: context, maxLength: 10, stride: 2 });
    expect(windows.map(({ tokens }) => tokens.slice(4, -1).join(' '))).toEqual([
      'she sat by the river',
      'the river bank she sat',
      'she sat by the bank',
    ]);
    for (const { ids, tokens, offsets, sequenceIds } of windows) {
      expect(ids.length).toBeLessThanOrEqual(10);
      expect(tokens.slice(0, 4)).toEqual(['[CLS]', 'was', 'she', '[SEP]']);
      for (const [i, sequence] of sequenceIds.entries()) {
        if (sequence === 1) expect(context.slice(offsets[2 * i], offsets[2 * i + 1])).toBe(tokens[i]);
      }
    }
  });

  it('returns one window when both texts fit', () => {
    const [window, ...others] = tokenizer.encodeWindows('was', { pair: 'she', maxLength: 6, stride: 100 });
    expect(others).toEqual([]);
    expect(window!.truncated).toBe(false);
    expect(window!.tokens).toEqual(['[CLS]', 'was', '[SEP]', 'she', '[SEP]']);
  });

  it('throws ConfigError when a window has no room for more than stride tokens', () => {
    const options = { pair: context, maxLength: 7, stride: 2 };
    expect(() => tokenizer.encodeWindows('was she', options)).toThrow(
      'the first text leaves room for 2 tokens of the second, which must be more than stride 2',
    );
  });
});

describe('Tokenizer.encode of a pair', () => {
  it('adds the separators of RoBERTa and XLM-R', () => {
    const roberta = tokenizerOf(byteLevelJson()).encode('bank', { pair: 'bank' });
    expect(roberta.tokens.filter((token) => token.startsWith('<'))).toEqual(['<s>', '</s>', '</s>', '</s>']);
    expect([...roberta.sequenceIds].filter((id) => id < 0)).toHaveLength(4);
    const xlm = tokenizerOf(unigramJson()).encode('the bank', { pair: 'river' });
    expect(xlm.tokens).toEqual(['<s>', '▁the', '▁bank', '</s>', '</s>', '▁river', '</s>']);
    expect([...xlm.typeIds]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect([...xlm.sequenceIds]).toEqual([-1, 0, 0, -1, -1, 1, -1]);
  });
});

describe('padSequences', () => {
  const sequences = ['the river bank', 'she'].map((text) => tokenizer.encode(text));

  it('pads to the longest sequence and marks tokens in the attention mask', () => {
    const { shape, ids, attentionMask, typeIds } = padSequences(sequences);
    expect(shape).toEqual([2, 5]);
    expect([...ids.subarray(5)]).toEqual([...sequences[1]!.ids, 0, 0]);
    expect([...attentionMask]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(typeIds).toEqual(new Int32Array(10));
  });

  it('pads with a given id, to a given length, on the left', () => {
    const { shape, ids, attentionMask } = padSequences(sequences, { padId: 1, length: 6, side: 'left' });
    expect(shape).toEqual([2, 6]);
    expect([...ids.subarray(6)]).toEqual([1, 1, 1, ...sequences[1]!.ids]);
    expect([...attentionMask.subarray(6)]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('throws ShapeError when a sequence is longer than length, and accepts no sequences', () => {
    expect(() => padSequences(sequences, { length: 4 })).toThrow(ShapeError);
    expect(padSequences([]).shape).toEqual([0, 0]);
  });
});
