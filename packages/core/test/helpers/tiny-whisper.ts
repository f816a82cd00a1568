import { bytesOf, randomNumbers, safetensorsFile } from './safetensors.ts';

// A Whisper of random weights, and its arithmetic written out in float64.

/** GPT-2's characters of the 256 bytes: printable ones stand for themselves, the others are numbered from 256. */
const BYTE_CHARACTERS: string[] = [];
for (let byte = 0, next = 256; byte < 256; byte++) {
  const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  BYTE_CHARACTERS.push(String.fromCharCode(isPrintable ? byte : next++));
}

export const TINY_WHISPER = {
  model_type: 'whisper',
  d_model: 16,
  encoder_layers: 2,
  encoder_attention_heads: 2,
  encoder_ffn_dim: 24,
  decoder_layers: 2,
  decoder_attention_heads: 4,
  decoder_ffn_dim: 20,
  num_mel_bins: 6,
  /** One second. */
  max_source_positions: 50,
  max_target_positions: 40,
  vocab_size: 317,
  bos_token_id: 256,
  eos_token_id: 256,
  pad_token_id: 256,
  decoder_start_token_id: 257,
} as const;

const SPECIAL = [
  'endoftext',
  'startoftranscript',
  'en',
  'ko',
  'translate',
  'transcribe',
  'startoflm',
  'startofprev',
  'nospeech',
  'notimestamps',
];
const TIMES = Array.from({ length: 51 }, (_, i) => (i * 0.02).toFixed(2));

/** A piece for each byte, the special tokens, and timestamps of a second. */
export const tinyWhisperTokenizer = {
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(BYTE_CHARACTERS.map((piece, id) => [piece, id])),
    merges: [],
  },
  added_tokens: [...SPECIAL, ...TIMES].map((name, i) => ({
    id: 256 + i,
    content: `<|${name}|>`,
    special: i < SPECIAL.length,
    normalized: false,
  })),
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
};

export const tinyWhisperGeneration = {
  is_multilingual: true,
  suppress_tokens: [33, 262],
  begin_suppress_tokens: [220, 256],
  max_initial_timestamp_index: 10,
  alignment_heads: [
    [0, 1],
    [1, 3],
  ],
};

export interface TinyTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The weights under Hugging Face's names. `change` are other sizes. */
export function tinyWhisperWeights(
  change: Readonly<Record<string, number>> = {},
): Record<string, TinyTensor> {
  const sizes = { ...TINY_WHISPER, ...change };
  const next = randomNumbers(19);
  const tensors: Record<string, TinyTensor> = {};
  const add = (name: string, shape: readonly number[], scale = 0.3, mean = 0) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => (next() / 2 ** 31 - 1) * scale + mean);
    tensors[name] = { shape, data };
  };
  const { d_model: width, num_mel_bins: bins } = sizes;
  const norm = (name: string) => {
    add(`${name}.weight`, [width], 0.2, 1);
    add(`${name}.bias`, [width]);
  };
  const linear = (name: string, rows: number, columns: number, bias = true) => {
    add(`${name}.weight`, [rows, columns]);
    if (bias) add(`${name}.bias`, [rows]);
  };
  add('model.encoder.conv1.weight', [width, bins, 3]);
  add('model.encoder.conv1.bias', [width]);
  add('model.encoder.conv2.weight', [width, width, 3]);
  add('model.encoder.conv2.bias', [width]);
  add('model.encoder.embed_positions.weight', [sizes.max_source_positions, width]);
  add('model.decoder.embed_tokens.weight', [sizes.vocab_size, width], 0.8);
  add('model.decoder.embed_positions.weight', [sizes.max_target_positions, width]);
  for (const side of ['encoder', 'decoder'] as const) {
    norm(`model.${side}.layer_norm`);
    for (let i = 0; i < sizes[`${side}_layers`]; i++) {
      const layer = `model.${side}.layers.${i}`;
      for (const attention of side === 'encoder' ? ['self_attn'] : ['self_attn', 'encoder_attn']) {
        for (const part of ['q', 'k', 'v', 'out'])
          linear(`${layer}.${attention}.${part}_proj`, width, width, part !== 'k');
        norm(`${layer}.${attention}_layer_norm`);
      }
      linear(`${layer}.fc1`, sizes[`${side}_ffn_dim`], width);
      linear(`${layer}.fc2`, width, sizes[`${side}_ffn_dim`]);
      norm(`${layer}.final_layer_norm`);
    }
  }
  return tensors;
}

/** The files of the model in memory, for `loadSpeech`. */
export function tinyWhisperFiles(): Record<string, string | Uint8Array> {
  const tensors = Object.entries(tinyWhisperWeights()).map(
    ([name, { shape, data }]) => [name, { dtype: 'F32', shape, bytes: bytesOf(data) }] as const,
  );
  return {
    'config.json': JSON.stringify(TINY_WHISPER),
    'generation_config.json': JSON.stringify(tinyWhisperGeneration),
    'tokenizer.json': JSON.stringify(tinyWhisperTokenizer),
    'model.safetensors': safetensorsFile(Object.fromEntries(tensors)),
  };
}
