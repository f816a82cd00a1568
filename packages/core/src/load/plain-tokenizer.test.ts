import { describe, expect, it } from 'vitest';
import { plainTokenizerOf } from './plain-tokenizer.ts';
import { tokenizerClassOf } from './tokenizer-class.ts';

const types = ['bert', 'distilbert', 'qwen2', 'phi3', 'modernbert', 'llama', undefined];
const names = [
  ...[
    'BertTokenizer',
    'BertTokenizerFast',
    'PreTrainedTokenizerFast',
    'LlamaTokenizerFast',
    'BloomTokenizer',
  ],
  ...[null, undefined, 7],
];
const files = types.flatMap((model_type) =>
  names.flatMap((tokenizer_class) => [
    [{ model_type }, { tokenizer_class }],
    [{ model_type, tokenizer_class }, {}],
    [{ model_type, tokenizer_class }, undefined],
  ]),
);

describe('plainTokenizerOf', () => {
  it('is the class that the tables give, or undefined', () => {
    let plain = 0;
    for (const [config, tokenizerConfig] of files) {
      const name = plainTokenizerOf(config, tokenizerConfig);
      if (name === undefined) continue;
      plain++;
      expect(name, JSON.stringify([config, tokenizerConfig])).toBe(tokenizerClassOf(config, tokenizerConfig));
    }
    expect(plain).toBe(3 * (4 + types.length - 1));
  });

  it('takes files that are no objects for empty ones', () => {
    expect(plainTokenizerOf(undefined, undefined)).toBeUndefined();
    expect(plainTokenizerOf('bert', { tokenizer_class: 'PreTrainedTokenizerFast' })).toBe(
      tokenizerClassOf('bert', { tokenizer_class: 'PreTrainedTokenizerFast' }),
    );
  });
});
