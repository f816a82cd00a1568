import { ConfigError } from '../errors.ts';
import { ConfigReader } from '../models/config.ts';
import type { WhisperConfig } from '../models/seq2seq/whisper.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** An attention head of the decoder. */
export interface AlignmentHead {
  readonly layer: number;
  readonly head: number;
}

/** The special tokens of a Whisper, and what its generation_config.json says. */
export interface SpeechTokens {
  readonly start: number;
  readonly end: number;
  /** Before the text of an earlier window. */
  readonly previous: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** The token `<|0.00|>`; those after it are 20 ms apart each. */
  readonly firstTimestamp: number;
  readonly tasks: Readonly<Record<'transcribe' | 'translate', number>>;
  /** By code, such as `en`; empty for models of English alone. */
  readonly languages: ReadonlyMap<string, number>;
  /** Tokens that are never chosen. */
  readonly suppressed: readonly number[];
  /** Tokens that are not chosen first. */
  readonly suppressedFirst: readonly number[];
  /** The latest beginning of the first segment, as an index of timestamps. */
  readonly maxFirstTimestamp: number;
  /** The cross-attention heads that follow the sound. */
  readonly alignmentHeads: readonly AlignmentHead[];
}

/** A second, in timestamps. */
const TIMESTAMPS_A_SECOND = 50;

/**
 * Reads a Whisper's tokens from its tokenizer and generation_config.json, whose values default to those of config.json, else to OpenAI's: tokens that
 * are no speech are suppressed, and the heads of the upper half of the layers are those that align. Throws `ConfigError` for tokens that are missing
 * and for invalid values.
 */
export function readSpeechTokens(
  config: WhisperConfig,
  tokenizer: Tokenizer,
  configJson: unknown,
  generationConfigJson: unknown = {},
): SpeechTokens {
  const [reader, fallback] = [new ConfigReader(generationConfigJson), new ConfigReader(configJson)];
  const ids = (name: string) => reader.ids(name) ?? fallback.ids(name);
  const find = (...names: readonly string[]): number => {
    for (const name of names) {
      const id = tokenizer.tokenToId(name);
      if (id !== undefined) return id;
    }
    throw new ConfigError(
      `loadSpeech: the tokenizer has no token ${names.join(' or ')}: is it that of a Whisper?`,
    );
  };
  const noTimestamps = find('<|notimestamps|>');
  const [transcribe, translate] = [find('<|transcribe|>'), find('<|translate|>')];
  const start = find('<|startoftranscript|>');
  const end = find('<|endoftext|>');
  const noSpeech = find('<|nospeech|>', '<|nocaptions|>');
  const previous = find('<|startofprev|>');
  // Vocabularies of English alone are shorter.
  const isMultilingual = reader.flag('is_multilingual', config.vocabSize >= 51_865);
  const languages = new Map<string, number>();
  // Language tokens are between the start and the tasks.
  for (let id = start + 1; isMultilingual && id < Math.min(transcribe, translate); id++) {
    const [, code] = /^<\|([a-z]{2,3})\|>$/.exec(tokenizer.idToToken(id) ?? '') ?? [];
    if (code !== undefined) languages.set(code, id);
  }
  const limit = config.vocabSize;
  const known = [start, end, noSpeech, previous, noTimestamps, transcribe, translate];
  const suppressed =
    ids('suppress_tokens') ?? nonSpeechTokens(tokenizer, [transcribe, translate, start, previous, noSpeech]);
  const suppressedFirst = ids('begin_suppress_tokens') ?? [
    ...tokenizer.encode(' ', { addSpecialTokens: false }).ids,
    end,
  ];
  for (const id of [...known, ...suppressed, ...suppressedFirst]) {
    if (id < limit) continue;
    throw new ConfigError(`loadSpeech: token ids are below ${limit}, the vocabulary's size, got ${id}`);
  }
  return {
    start,
    end,
    previous,
    noSpeech,
    noTimestamps,
    firstTimestamp: noTimestamps + 1,
    tasks: { transcribe, translate },
    languages,
    suppressed,
    suppressedFirst,
    maxFirstTimestamp: reader.has('max_initial_timestamp_index')
      ? reader.size('max_initial_timestamp_index', undefined, 0)
      : TIMESTAMPS_A_SECOND,
    alignmentHeads: readAlignmentHeads(reader.raw('alignment_heads'), config),
  };
}

function readAlignmentHeads(value: unknown, { decoder }: WhisperConfig): readonly AlignmentHead[] {
  const { numLayers, numAttentionHeads } = decoder;
  if (value === undefined || value === null) {
    return Array.from({ length: numLayers * numAttentionHeads }, (_, i) => ({
      layer: Math.floor(i / numAttentionHeads),
      head: i % numAttentionHeads,
    })).filter(({ layer }) => layer >= Math.floor(numLayers / 2));
  }
  const isIndex = (index: unknown, count: number) =>
    Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < count;
  const isHead = (pair: unknown): pair is readonly [number, number] =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    isIndex(pair[0], numLayers) &&
    isIndex(pair[1], numAttentionHeads);
  if (Array.isArray(value) && value.length > 0 && value.every(isHead)) {
    return value.map(([layer, head]) => ({ layer, head }));
  }
  throw new ConfigError(
    `generation_config.json: alignment_heads must be pairs of a layer below ${numLayers} and a head below ${numAttentionHeads}, got ${JSON.stringify(value)?.slice(0, 80)}`,
  );
}

/** Marks that are written, not spoken: annotations of speakers and sounds, and music. */
const MARKS = [
  ...'"#()*+/:;<=>@[\\]^_`{|}~「」『』',
  ...['<<', '>>', '<<<', '>>>', '--', '---', '-(', '-[', "('", '("', '((', '))', '(((', ')))', '[[', ']]'],
  ...['{{', '}}', '♪♪', '♪♪♪'],
];
/** Their first byte tokens are suppressed too. */
const MUSIC = ['♩', '♪', '♫', '♬', '♭', '♮', '♯'];

/** The ids that OpenAI's `suppress_tokens="-1"` stands for: tokens of {@link MARKS} with and without a space before, and `special`. */
function nonSpeechTokens(tokenizer: Tokenizer, special: readonly number[]): readonly number[] {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).ids;
  const found = new Set(special);
  // Hyphens and quotation marks within words stay.
  for (const text of [' -', " '"]) found.add(encode(text)[0]!);
  for (const mark of [...MARKS, ...MUSIC]) {
    for (const ids of [encode(mark), encode(` ${mark}`)]) {
      if (ids.length === 1 || MUSIC.includes(mark)) found.add(ids[0]!);
    }
  }
  // That of a language model, between the tasks and the text of an earlier window.
  const languageModel = tokenizer.tokenToId('<|startoflm|>');
  if (languageModel !== undefined) found.add(languageModel);
  return [...found].sort((a, b) => a - b);
}
