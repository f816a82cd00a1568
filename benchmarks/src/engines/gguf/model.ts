import { decoderShape, decoderShapes } from '../../cases/decoders.ts';
import type { StreamWork } from '../../cases/work.ts';
import { decoderWeights } from '../decoders.ts';
import type { Platform } from '../platform.ts';
import { SingleEntryCache } from '../single-entry-cache.ts';
import { encodeBlocks, ggufTypes } from './blocks.ts';
import { encodeGguf, type GgufTensor, type GgufValue } from './writer.ts';

const files = new SingleEntryCache<Uint8Array<ArrayBuffer>>(() => {});

/** A work's model as a GGUF file. The last one is kept, for all engines of a case. */
export function ggufModel(platform: Platform, work: StreamWork): Promise<Uint8Array<ArrayBuffer>> {
  return files.get(`${work.model} ${work.type}`, () => writeModel(platform, work));
}

async function writeModel(platform: Platform, work: StreamWork): Promise<Uint8Array<ArrayBuffer>> {
  const weights = await decoderWeights(platform, work);
  const tensors = [...decoderShapes(work.config)].map(([name, shape]): GgufTensor => {
    // Vectors are stored in f32, as llama.cpp's converter does.
    const type = shape.length > 1 ? work.type : 'F32';
    const bytes = encodeBlocks(weights.get(name)!, type);
    return { name: ggufName(name), shape, type: ggufTypes[type].tensor, bytes };
  });
  const vocabulary = await vocabularyOf(platform, work.config.vocab_size);
  return encodeGguf({ ...architectureOf(work), ...vocabulary }, tensors);
}

const partNames: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

function ggufName(name: string): string {
  if (name === 'model.embed_tokens.weight') return 'token_embd.weight';
  if (name === 'model.norm.weight') return 'output_norm.weight';
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name)!;
  return `blk.${layer}.${partNames[part!]}.weight`;
}

function architectureOf({ model, type, config }: StreamWork): Record<string, GgufValue> {
  const { hidden, inner, layers, heads, keyValueHeads, headDim, vocab } = decoderShape(config);
  const llama: Record<string, GgufValue> = {
    context_length: { u32: config.max_position_embeddings },
    embedding_length: { u32: hidden },
    block_count: { u32: layers },
    feed_forward_length: { u32: inner },
    'attention.head_count': { u32: heads },
    'attention.head_count_kv': { u32: keyValueHeads },
    'attention.layer_norm_rms_epsilon': { f32: config.rms_norm_eps },
    'rope.dimension_count': { u32: headDim },
    'rope.freq_base': { f32: config.rope_theta },
    vocab_size: { u32: vocab },
  };
  return {
    'general.architecture': { text: 'llama' },
    'general.name': { text: model },
    'general.file_type': { u32: ggufTypes[type].file },
    ...Object.fromEntries(Object.entries(llama).map(([key, value]) => [`llama.${key}`, value])),
  };
}

/** Where the tokenizer begins in the file of stories15M. */
const WEIGHTS_END = 60_816_028;
const STORIES_PIECES = 32_000;
/** The first piece after three special ones and 256 bytes. */
const FIRST_PIECE = 259;

/** The vocabulary of stories15M, with pieces that no text has up to the size of a larger one. */
async function vocabularyOf(platform: Platform, size: number): Promise<Record<string, GgufValue>> {
  const file = await platform.stories15m();
  const pieces = llama2cPieces(file.subarray(WEIGHTS_END), STORIES_PIECES);
  const others = Array.from({ length: size - pieces.length }, (_, i) => ({
    text: `\u2581unused${i}`,
    score: -1e6,
  }));
  const all = [...pieces, ...others];
  // Unknown 2, control 3, byte 6, normal 1.
  const typeOf = (id: number) => (id === 0 ? 2 : id < 3 ? 3 : id < FIRST_PIECE ? 6 : 1);
  return {
    'tokenizer.ggml.model': { text: 'llama' },
    'tokenizer.ggml.tokens': { texts: all.map(({ text }) => text) },
    'tokenizer.ggml.scores': { f32s: all.map(({ score }) => score) },
    'tokenizer.ggml.token_type': { i32s: all.map((_, id) => typeOf(id)) },
    'tokenizer.ggml.bos_token_id': { u32: 1 },
    'tokenizer.ggml.eos_token_id': { u32: 2 },
    'tokenizer.ggml.unknown_token_id': { u32: 0 },
    'tokenizer.ggml.add_bos_token': { bool: true },
    'tokenizer.ggml.add_eos_token': { bool: false },
  };
}

/** The pieces of a `tokenizer.bin` of llama2.c in SentencePiece's notation: after 4 bytes, a score, a length and the text of each. */
function llama2cPieces(bytes: Uint8Array, count: number): { text: string; score: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const special = ['<unk>', '<s>', '</s>'];
  let at = 4;
  return Array.from({ length: count }, (_, id) => {
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + 4, true);
    const text = decoder.decode(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
    // Pieces 3 to 258 are bytes, in older files as the character with that code.
    const byte =
      id < FIRST_PIECE ? `<0x${(id - special.length).toString(16).toUpperCase().padStart(2, '0')}>` : text;
    return { text: special[id] ?? byte.replaceAll(' ', '\u2581'), score };
  });
}
