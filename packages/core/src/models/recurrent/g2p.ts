import type { Backend } from '../../backend/backend.ts';
import { FormatError } from '../../errors.ts';
import { Seq2Seq } from '../../nn/seq2seq/seq2seq.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import type { ForwardOptions } from '../../nn/torch/layer.ts';
import { checkOptions, type OptionNames } from '../../options.ts';

/** What is invalid in `g2p_model.json`: `values` are missing or of another type, `symbols` lack a special symbol. */
export type G2pRule = 'values' | 'symbols';

/** The pronunciation of one word. */
export interface G2pResult {
  /** ARPAbet phonemes, vowels with their stress: `K AA1 F IY0`. */
  readonly phonemes: string[];
  /** False if the word was cut off after 20 phonemes. */
  readonly complete: boolean;
  /** The encoder's final state, the decoder's only input from the word: `[hiddenSize]`. */
  readonly context: Float32Array;
  /** Logits of each step: `[steps, phonemes]`. */
  readonly logits: FloatArray;
}

/** Names of a `Seq2Seq`'s weights, and those in the file. */
const WEIGHTS: Readonly<Record<string, string>> = {
  'encoder.embedding.weight': 'enc_emb',
  'encoder.rnn.weight_ih_l0': 'enc_w_ih',
  'encoder.rnn.weight_hh_l0': 'enc_w_hh',
  'encoder.rnn.bias_ih_l0': 'enc_b_ih',
  'encoder.rnn.bias_hh_l0': 'enc_b_hh',
  'decoder.embedding.weight': 'dec_emb',
  'decoder.rnn.weight_ih_l0': 'dec_w_ih',
  'decoder.rnn.weight_hh_l0': 'dec_w_hh',
  'decoder.rnn.bias_ih_l0': 'dec_b_ih',
  'decoder.rnn.bias_hh_l0': 'dec_b_hh',
  'decoder.out.weight': 'fc_w',
  'decoder.out.bias': 'fc_b',
};

/** As in g2p_en. */
const MAX_PHONEMES = 20;

/**
 * Grapheme-to-phoneme conversion of English words: the weights of g2p_en (Park & Kim 2019, https://github.com/Kyubyong/g2p), a GRU
 * encoder–decoder without attention. All information on the word passes through one vector of `hiddenSize`; long words lose their endings.
 *
 * ```ts
 * const g2p = await G2pModel.load(JSON.parse(await readFile('g2p_model.json', 'utf8')), await createBackend());
 * g2p.phonemes('kimchi'); // ['K', 'IH1', 'M', 'CH', 'IY0']
 * ```
 */
export class G2pModel {
  /** The source vocabulary: letters and special symbols. */
  readonly graphemes: readonly string[];
  /** The target vocabulary: phonemes and special symbols. */
  readonly phonemeNames: readonly string[];
  readonly #model: Seq2Seq;
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(graphemes: readonly string[], phonemes: readonly string[], model: Seq2Seq) {
    this.graphemes = graphemes;
    this.phonemeNames = phonemes;
    this.#model = model;
    this.#ids = new Map(graphemes.map((grapheme, id) => [grapheme, id]));
  }

  /**
   * Loads a parsed `g2p_model.json`: float32 weights in base64 with their shapes, and the lists `graphemes` and `phonemes`. Throws
   * `FormatError` (with a {@link G2pRule}) for an invalid file, `ShapeError` for weights of inconsistent shapes.
   */
  static async load(file: unknown, backend: Backend): Promise<G2pModel> {
    if (typeof file !== 'object' || file === null) {
      throw new FormatError<G2pRule>('values', 'g2p: the file must hold an object');
    }
    const values = file as Record<string, unknown>;
    const graphemes = symbols(values, 'graphemes', ['<unk>', '</s>']);
    const phonemes = symbols(values, 'phonemes', ['<s>', '</s>']);
    const weights = new Map<string, FloatArray>();
    for (const [name, stored] of Object.entries(WEIGHTS)) weights.set(name, decode(values, stored));
    const [, embeddingDim = 0] = weights.get('encoder.embedding.weight')!.shape;
    const [, hiddenSize = 0] = weights.get('encoder.rnn.weight_hh_l0')!.shape;
    const model = await Seq2Seq.load(backend, weights, {
      sourceVocabSize: graphemes.length,
      targetVocabSize: phonemes.length,
      embeddingDim,
      hiddenSize,
      cell: 'gru',
      bosTokenId: phonemes.indexOf('<s>'),
      eosTokenId: phonemes.indexOf('</s>'),
    });
    return new G2pModel(graphemes, phonemes, model);
  }

  /** The phonemes of a word, which is lowercased. Characters other than a to z are `<unk>`. */
  phonemes(word: string): string[] {
    return this.run([word])[0]!.phonemes;
  }

  /** Phonemes and logits of a batch of words. Activations for hooks: those of `Seq2Seq`; `context.0` is the vector between encoder and decoder. */
  run(words: readonly string[], options: ForwardOptions = {}): G2pResult[] {
    checkOptions('run', options, { hooks: 'object' } satisfies OptionNames<ForwardOptions>);
    const sources = words.map((word) => this.#encode(word));
    return this.#model
      .generate(sources, { ...options, maxLength: MAX_PHONEMES })
      .map(({ ids, ended, context, logits }) => ({
        phonemes: Array.from(ids, (id) => this.phonemeNames[id]!),
        complete: ended,
        context: context.data,
        logits,
      }));
  }

  /** Releases the weights. Calling it again does nothing. */
  dispose(): void {
    this.#model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #encode(word: string): number[] {
    const unknown = this.#ids.get('<unk>')!;
    const letters = Array.from(word.toLowerCase(), (letter) => this.#ids.get(letter) ?? unknown);
    return [...letters, this.#ids.get('</s>')!];
  }
}

function symbols(values: Record<string, unknown>, name: string, required: readonly string[]): string[] {
  const list = values[name];
  if (!(Array.isArray(list) && list.every((symbol) => typeof symbol === 'string'))) {
    throw new FormatError<G2pRule>('values', `g2p: ${name} must be a list of strings`);
  }
  const missing = required.find((symbol) => !list.includes(symbol));
  if (missing) throw new FormatError<G2pRule>('symbols', `g2p: ${name} must have ${missing}`);
  return list;
}

/** A weight: `{ shape, data }`, where `data` is base64 of little-endian float32 values. */
function decode(values: Record<string, unknown>, name: string): FloatArray {
  const { shape, data } = (values[name] ?? {}) as { shape?: unknown; data?: unknown };
  const sized = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  const bytes = typeof data === 'string' ? fromBase64(data) : undefined;
  const count = sized ? shape.reduce((product: number, size: number) => product * size, 1) : 0;
  if (!sized || bytes?.byteLength !== count * 4) {
    throw new FormatError<G2pRule>(
      'values',
      `g2p: ${name} must be float32 values in base64 with their shape`,
    );
  }
  return { data: new Float32Array(bytes.buffer), shape };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
