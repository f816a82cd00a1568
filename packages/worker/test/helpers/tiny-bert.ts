/** Sizes of a small BERT with random weights, which are the same in every run. */
export interface TinyBertSizes {
  hiddenSize?: number;
  layers?: number;
  heads?: number;
  intermediateSize?: number;
  seed?: number;
  /** Rows of the embedding table. The tokenizer always has all tokens. */
  vocabSize?: number;
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const VOCABULARY = [...SPECIAL, ...LETTERS, ...LETTERS.map((letter) => `##${letter}`)];
const POSITIONS = 64;

/** The files of a checkpoint by name, for `loadEncoder`. */
export function tinyBert(sizes: TinyBertSizes = {}): Map<string, string | Uint8Array> {
  const { hiddenSize = 20, layers = 2, heads = 5, intermediateSize = 26, seed = 1 } = sizes;
  const { vocabSize = VOCABULARY.length } = sizes;
  const config = {
    model_type: 'bert',
    vocab_size: vocabSize,
    hidden_size: hiddenSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediateSize,
    max_position_embeddings: POSITIONS,
  };
  const shapes = new Map<string, number[]>([
    ['embeddings.word_embeddings.weight', [vocabSize, hiddenSize]],
    ['embeddings.position_embeddings.weight', [POSITIONS, hiddenSize]],
    ['embeddings.token_type_embeddings.weight', [2, hiddenSize]],
    ['embeddings.LayerNorm.weight', [hiddenSize]],
    ['embeddings.LayerNorm.bias', [hiddenSize]],
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const linear = (name: string, rows: number, columns: number) => {
      shapes.set(`encoder.layer.${layer}.${name}.weight`, [rows, columns]);
      shapes.set(`encoder.layer.${layer}.${name}.bias`, [rows]);
    };
    for (const name of ['query', 'key', 'value']) linear(`attention.self.${name}`, hiddenSize, hiddenSize);
    linear('attention.output.dense', hiddenSize, hiddenSize);
    linear('intermediate.dense', intermediateSize, hiddenSize);
    linear('output.dense', hiddenSize, intermediateSize);
    for (const name of ['attention.output.LayerNorm', 'output.LayerNorm']) {
      shapes.set(`encoder.layer.${layer}.${name}.weight`, [hiddenSize]);
      shapes.set(`encoder.layer.${layer}.${name}.bias`, [hiddenSize]);
    }
  }
  return new Map<string, string | Uint8Array>([
    ['config.json', JSON.stringify(config)],
    ['tokenizer.json', JSON.stringify(tokenizerJson())],
    ['tokenizer_config.json', '{"tokenizer_class":"PreTrainedTokenizerFast"}'],
    ['model.safetensors', safetensors(shapes, seed)],
  ]);
}

function safetensors(shapes: ReadonlyMap<string, readonly number[]>, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const header: Record<string, unknown> = {};
  const values: number[] = [];
  for (const [name, shape] of shapes) {
    const begin = values.length * 4;
    const size = shape.reduce((product, length) => product * length, 1);
    // Weights of layer norms are centred on one, all others on zero.
    const centre = name.endsWith('LayerNorm.weight') ? 1 : 0;
    for (let i = 0; i < size; i++) values.push(centre + (random() - 0.5) * 0.8);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, values.length * 4] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + values.length * 4);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  for (const [i, value] of values.entries()) view.setFloat32(8 + text.length + i * 4, value, true);
  return file;
}

function tokenizerJson(): unknown {
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const entry = (token: string) => ({ id: token, ids: [SPECIAL.indexOf(token)], tokens: [token] });
  return {
    version: '1.0',
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        special('[SEP]'),
      ],
      special_tokens: { '[CLS]': entry('[CLS]'), '[SEP]': entry('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
    },
  };
}

/** A random number generator with a seed (mulberry32): numbers from 0 to 1, without 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
