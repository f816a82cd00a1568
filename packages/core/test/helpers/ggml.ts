import { tinyWhisperWeights } from './tiny-whisper.ts';

// Files of whisper.cpp, written as its converter writes them.

const VOCABULARY = 51_865;
const PIECES = 50_257;

/** OpenAI's name of a tensor with Hugging Face's name. */
function openAiName(name: string): string {
  return name
    .replace('model.', '')
    .replace(/layers\.(\d+)/, 'blocks.$1')
    .replace('self_attn_layer_norm', 'attn_ln')
    .replace('encoder_attn_layer_norm', 'cross_attn_ln')
    .replace('final_layer_norm', 'mlp_ln')
    .replace('encoder.layer_norm', 'encoder.ln_post')
    .replace('decoder.layer_norm', 'decoder.ln')
    .replace('self_attn', 'attn')
    .replace('encoder_attn', 'cross_attn')
    .replace('q_proj', 'query')
    .replace('k_proj', 'key')
    .replace('v_proj', 'value')
    .replace('out_proj', 'out')
    .replace('fc1', 'mlp.0')
    .replace('fc2', 'mlp.2')
    .replace('embed_positions.weight', 'positional_embedding')
    .replace('embed_tokens', 'token_embedding');
}

export interface GgmlTensorFile {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Sizes of the header: vocabulary, encoder's positions, width, heads, layers, decoder's positions, width, heads, layers, bins, type. */
export const GGML_SIZES = [VOCABULARY, 50, 16, 2, 2, 40, 16, 4, 2, 6, 0];

/** The tensors of the tiny Whisper with feed-forward networks four times as wide, and the vocabulary of the format. */
export function ggmlTensors(): GgmlTensorFile[] {
  return Object.entries(tinyWhisperWeights({ ...WIDE, vocab_size: VOCABULARY })).map(
    ([name, { shape, data }]) => ({
      name: openAiName(name),
      // Biases of convolutions are columns.
      shape: /conv\d\.bias$/.test(name) ? [...shape, 1] : shape,
      type: 0,
      bytes: new Uint8Array(data.buffer),
    }),
  );
}

/** Feed-forward networks as whisper.cpp has them, which does not store their width. */
export const WIDE = { encoder_ffn_dim: 64, decoder_ffn_dim: 64 };

/** A piece of each byte, pieces of two bytes, and an empty one. */
export function ggmlPieces(): Uint8Array[] {
  const pieces = Array.from({ length: PIECES - 1 }, (_, id) =>
    id < 256 ? Uint8Array.of(id) : Uint8Array.of((id - 256) >> 8, (id - 256) & 255),
  );
  return [...pieces, new Uint8Array(0)];
}

export function ggmlFile({
  magic = 0x67676d6c,
  sizes = GGML_SIZES,
  filters = [6, 4],
  pieces = ggmlPieces(),
  tensors = ggmlTensors(),
}: {
  magic?: number;
  sizes?: readonly number[];
  filters?: readonly number[];
  pieces?: readonly Uint8Array[];
  tensors?: readonly GgmlTensorFile[];
} = {}): Uint8Array<ArrayBuffer> {
  const integers = (...values: readonly number[]) => new Uint8Array(Int32Array.from(values).buffer);
  const parts: Uint8Array[] = [
    integers(magic, ...sizes, ...filters),
    new Uint8Array(4 * Math.max(0, filters[0]! * filters[1]!)),
    integers(pieces.length),
    ...pieces.flatMap((piece) => [integers(piece.length), piece]),
  ];
  for (const { name, shape, type, bytes } of tensors) {
    const encoded = new TextEncoder().encode(name);
    parts.push(integers(shape.length, encoded.length, type, ...shape.toReversed()), encoded, bytes);
  }
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
