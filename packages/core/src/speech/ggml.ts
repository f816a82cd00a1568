import { loadTokenizer } from '../text/load-tokenizer.ts';
import { BYTE_CHARACTERS } from '../text/pieces/byte-level.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { GgmlCheckpoint } from '../weights/ggml/checkpoint.ts';
import type { GgmlHeader } from '../weights/ggml/header.ts';
import { ggmlError } from '../weights/ggml/rules.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';

/** What Hugging Face's files of the model in a file of whisper.cpp would say. */
export interface GgmlModel {
  readonly configJson: unknown;
  readonly tokenizerJson: unknown;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: GgmlCheckpoint;
}

/** Opens a Whisper of whisper.cpp. Rejects with `FormatError` and `LoadError`. */
export async function openGgml(files: RepositoryFiles, name: string): Promise<GgmlModel> {
  const checkpoint = await GgmlCheckpoint.open(await files.open(name), name);
  const { header } = checkpoint;
  const tokenizer = tokenizerOf(header);
  return {
    configJson: configOf(header),
    tokenizerJson: tokenizer.tokenizerJson,
    tokenizer: await loadTokenizer(tokenizer),
    checkpoint,
  };
}

/** The first vocabulary with languages; those of models of English are one token shorter. */
const MULTILINGUAL = 51_865;
const TIMESTAMPS = 1501;
/** The languages in the order of their tokens; the last one since large-v3. */
const LANGUAGES = (
  'en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az ' +
  'sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as ' +
  'tt haw ln ha ba jw su yue'
).split(' ');

function configOf(header: GgmlHeader): Record<string, unknown> {
  const end = firstSpecial(header);
  return {
    model_type: 'whisper',
    vocab_size: header.vocabSize,
    d_model: header.hiddenSize,
    num_mel_bins: header.melBins,
    max_source_positions: header.sourcePositions,
    max_target_positions: header.targetPositions,
    encoder_layers: header.encoderLayers,
    encoder_attention_heads: header.encoderHeads,
    encoder_ffn_dim: 4 * header.hiddenSize,
    decoder_layers: header.decoderLayers,
    decoder_attention_heads: header.decoderHeads,
    decoder_ffn_dim: 4 * header.hiddenSize,
    decoder_start_token_id: end + 1,
    bos_token_id: end,
    eos_token_id: end,
    pad_token_id: end,
  };
}

const firstSpecial = ({ vocabSize }: Pick<GgmlHeader, 'vocabSize'>) =>
  vocabSize >= MULTILINGUAL ? 50_257 : 50_256;

/**
 * tokenizer.json of the vocabulary. The file has no merges, but they follow from the ids: a piece's id is the rank of the merge that makes it, so its
 * parts are what merges of lower ranks make of its bytes.
 */
function tokenizerOf(header: GgmlHeader) {
  const end = firstSpecial(header);
  const pieces = header.pieces
    .slice(0, end)
    .map((bytes) => Array.from(bytes, (byte) => BYTE_CHARACTERS[byte]!).join(''));
  if (pieces.length < end) {
    throw ggmlError('invalid-vocabulary', `expected ${end} pieces, got ${pieces.length}`);
  }
  const ranks = new Map<string, number>();
  for (const [id, piece] of pieces.entries()) {
    if (ranks.has(piece))
      throw ggmlError('invalid-vocabulary', `the pieces ${ranks.get(piece)} and ${id} are equal`);
    ranks.set(piece, id);
  }
  const missing = BYTE_CHARACTERS.findIndex((character) => !ranks.has(character));
  if (missing >= 0) throw ggmlError('invalid-vocabulary', `there is no piece of the byte ${missing} alone`);
  return {
    tokenizerJson: {
      version: '1.0',
      added_tokens: specialTokens(header).map((content, i) => ({
        id: end + i,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        // Timestamps are none, as in Hugging Face's files.
        special: !/^<\|\d/.test(content),
      })),
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: { type: 'BPE', vocab: Object.fromEntries(ranks), merges: mergesOf(ranks) },
    },
  };
}

function specialTokens({ vocabSize }: GgmlHeader): string[] {
  const end = firstSpecial({ vocabSize });
  const languages = LANGUAGES.slice(0, vocabSize - end - TIMESTAMPS - 8);
  const marks = ['translate', 'transcribe', 'startoflm', 'startofprev', 'nospeech', 'notimestamps'];
  const times = Array.from({ length: TIMESTAMPS }, (_, i) => (i * 0.02).toFixed(2));
  const names = ['endoftext', 'startoftranscript', ...languages, ...marks, ...times];
  if (names.length !== vocabSize - end) {
    throw ggmlError(
      'invalid-vocabulary',
      `expected a vocabulary of ${MULTILINGUAL - 1}, ${MULTILINGUAL} or ${MULTILINGUAL + 1} tokens, got ${vocabSize}`,
    );
  }
  return names.map((name) => `<|${name}|>`);
}

/** The merges of a vocabulary whose ids are ranks, in their order. */
function mergesOf(ranks: ReadonlyMap<string, number>): [left: string, right: string][] {
  const merges: [string, string][] = [];
  for (const [piece, rank] of [...ranks].sort(([, a], [, b]) => a - b)) {
    if (piece.length <= 1) continue;
    const parts = [...piece];
    // Joins the pair of the lowest rank until only two are left.
    while (parts.length > 2) {
      let [best, lowest] = [-1, rank];
      for (let i = 0; i + 1 < parts.length; i++) {
        const joined = ranks.get(parts[i]! + parts[i + 1]!) ?? Infinity;
        if (joined < lowest) [best, lowest] = [i, joined];
      }
      if (best < 0) throw ggmlError('invalid-vocabulary', `piece ${rank} is not made of pieces before it`);
      parts.splice(best, 2, parts[best]! + parts[best + 1]!);
    }
    merges.push([parts[0]!, parts[1]!]);
  }
  return merges;
}
