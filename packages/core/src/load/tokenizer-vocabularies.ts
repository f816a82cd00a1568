import { isObject, tokenizerError } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import {
  bosEosTemplate,
  boundedTemplate,
  contentOf,
  flag,
  type Json,
  requireToken,
} from './tokenizer-template.ts';

/** A tokenizer of BERT or MPNet from vocab.txt, which has a token in each line. Throws `FormatError`. */
export function wordPieceTokenizer(name: string, text: string, options: Json): TokenizerFiles {
  const vocab = readLines(text);
  const unk = contentOf(options.unk_token);
  if (unk === undefined)
    throw tokenizerError(`tokenizer_config.json must not leave out unk_token for ${name}`);
  const [cls, sep] = [requireToken(options, 'cls_token', vocab), requireToken(options, 'sep_token', vocab)];
  const tokenizerJson = {
    added_tokens: [],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(options, 'tokenize_chinese_chars', true),
      strip_accents: options.strip_accents ?? null,
      lowercase: flag(options, 'do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor:
      name === 'MPNetTokenizer' ? robertaProcessing(cls, sep, true, false) : boundedTemplate(cls, sep, 0, 1),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      vocab: Object.fromEntries(vocab),
      unk_token: unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
  };
  return { tokenizerJson, tokenizerConfigJson: { ...options, tokenizer_class: name } };
}

/** A tokenizer of GPT-2 or RoBERTa, byte-level BPE, from vocab.json and merges.txt. Throws `FormatError`. */
export function byteLevelTokenizer(
  name: string,
  vocabJson: unknown,
  mergesText: string,
  options: Json,
): TokenizerFiles {
  if (!isObject(vocabJson)) throw tokenizerError('vocab.json must be an object');
  const wrong = Object.entries(vocabJson).find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (wrong) throw tokenizerError(`vocab.json: ${JSON.stringify(wrong[0])} must have an id`);
  const vocab = new Map(Object.entries(vocabJson as Record<string, number>));
  const add_prefix_space = flag(options, 'add_prefix_space', false);
  const token = (role: string) => requireToken(options, `${role}_token`, vocab);
  const tokenizerJson = {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex: true },
    post_processor:
      name === 'RobertaTokenizer'
        ? robertaProcessing(token('cls'), token('sep'), flag(options, 'trim_offsets', true), add_prefix_space)
        : bosEosTemplate(options, vocab),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabJson,
      merges: readMerges(mergesText),
    },
  };
  return { tokenizerJson, tokenizerConfigJson: { ...options, tokenizer_class: name } };
}

/** vocab.txt: the id of a token is the number of its line, the last one if it is there twice. */
function readLines(text: string): Map<string, number> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((line, id) => [line.replace(/\p{White_Space}+$/u, ''), id]));
}

/** merges.txt: two pieces in each line, after a first line with the version. */
function readMerges(text: string): [string, string][] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, index): [string, string][] => {
    if (line.startsWith('#version')) return [];
    const [left, right, ...rest] = line.replace(/\r$/, '').split(' ');
    if (left && right && rest.length === 0) return [[left, right]];
    throw tokenizerError(`merges.txt: line ${index + 1} must have two pieces, got ${JSON.stringify(line)}`);
  });
}

function robertaProcessing(
  cls: { token: string; id: number },
  sep: { token: string; id: number },
  trim_offsets: boolean,
  add_prefix_space: boolean,
): object {
  return {
    type: 'RobertaProcessing',
    sep: [sep.token, sep.id],
    cls: [cls.token, cls.id],
    trim_offsets,
    add_prefix_space,
  };
}
