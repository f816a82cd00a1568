import { bosEosTemplate, contentOf, flag } from '../tokenizer-template.ts';
import type { TokenizerClass } from './class.ts';
import { BOS_EOS, bpe, metaspace, replace, sequence } from './parts.ts';

function decodeBytes(strip: boolean): object {
  return sequence('decoders', [
    replace({ String: '▁' }, ' '),
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(strip ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ]);
}

/** Classes with BPE and bytes for unknown characters. */
export const LLAMA_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  GemmaTokenizer: {
    model: 'BPE',
    tokens: {
      unk_token: '<unk>',
      bos_token: '<bos>',
      eos_token: '<eos>',
      pad_token: '<pad>',
      mask_token: '<mask>',
    },
    build: (input) => ({
      normalizer: replace({ String: ' ' }, '▁'),
      pre_tokenizer: {
        type: 'Split',
        pattern: { String: ' ' },
        behavior: 'MergedWithPrevious',
        invert: false,
      },
      decoder: decodeBytes(false),
      model: bpe(input, contentOf(input.options.unk_token) ?? 'None', true),
    }),
  },
  LlamaTokenizer: {
    model: 'BPE',
    tokens: BOS_EOS,
    build: (input) => {
      const prefixed = flag(input.options, 'add_prefix_space', true);
      const scheme = prefixed ? (flag(input.options, 'legacy', false) ? 'always' : 'first') : 'never';
      return {
        normalizer: null,
        pre_tokenizer: metaspace(scheme, false),
        decoder: decodeBytes(prefixed),
        model: bpe(input, null, true),
      };
    },
  },
  CodeLlamaTokenizer: {
    model: 'BPE',
    tokens: {
      ...BOS_EOS,
      prefix_token: '▁<PRE>',
      middle_token: '▁<MID>',
      suffix_token: '▁<SUF>',
      eot_token: '▁<EOT>',
      fill_token: '<FILL_ME>',
      add_bos_token: true,
    },
    extra: (own = [], options) => [
      ...own,
      ...['prefix', 'middle', 'suffix', 'eot', 'fill']
        .map((role) => options[`${role}_token`])
        .filter((token) => token !== null),
    ],
    build: (input) => ({
      normalizer: null,
      pre_tokenizer: metaspace(flag(input.options, 'add_prefix_space', true) ? 'first' : 'never', false),
      decoder: decodeBytes(true),
      model: bpe(input, contentOf(input.options.unk_token) ?? 'None', true),
      post_processor: bosEosTemplate(input.options, input.token),
    }),
  },
};
