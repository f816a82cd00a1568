import { BERT_TOKENS, bertComponents } from '../../text/bert-components.ts';
import { boundedTemplate, contentOf, robertaProcessing } from '../tokenizer-template.ts';
import { type ClassInput, type TokenizerClass, withSpace } from './class.ts';

function wordPiece({ options, vocab }: ClassInput, post_processor: object) {
  return bertComponents(options, vocab, contentOf(options.unk_token) ?? 'None', post_processor);
}

export const WORD_PIECE_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: {
    model: 'WordPiece',
    tokens: BERT_TOKENS,
    build: (input) => wordPiece(input, boundedTemplate(input.token('cls'), input.token('sep'), 0, 1)),
  },
  MPNetTokenizer: {
    model: 'WordPiece',
    tokens: {
      bos_token: '<s>',
      eos_token: '</s>',
      sep_token: '</s>',
      cls_token: '<s>',
      unk_token: '[UNK]',
      pad_token: '<pad>',
      mask_token: '<mask>',
    },
    adapt: (options) => ({ ...options, mask_token: withSpace(options.mask_token) }),
    build: (input) =>
      wordPiece(input, robertaProcessing(input.token('cls'), input.token('sep'), true, false)),
  },
};
