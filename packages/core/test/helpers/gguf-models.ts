import type { Backend, Checkpoint } from '../../src/index.ts';
import { decoderFromCheckpoint, LocalDecoderEngine, readDecoderConfig } from '../../src/internal.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { ggufFile, TENSOR_TYPES, type TestValue } from './gguf.ts';
import { encodeAs } from './quantize.ts';
import { bytesOf } from './safetensors.ts';

// Converts checkpoints to GGUF files as llama.cpp's convert_hf_to_gguf.py does.

type Json = Readonly<Record<string, unknown>>;

const text = (value: string): TestValue => ({ type: 'string', value });
const texts = (value: readonly string[]): TestValue => ({ type: 'string', value });
const u32 = (value: unknown): TestValue => ({ type: 'u32', value: Number(value) });
const f32 = (value: unknown): TestValue => ({ type: 'f32', value: Number(value) });

const IN_LAYER: readonly (readonly [RegExp, string])[] = [
  [/input_layernorm|ln_1/, 'attn_norm'],
  [/self_attn\.([qkv])_proj/, 'attn_$1'],
  [/self_attn\.o_proj|attn\.c_proj/, 'attn_output'],
  [/self_attn\.([qk])_norm/, 'attn_$1_norm'],
  [/attn\.c_attn/, 'attn_qkv'],
  [/post_attention_layernorm|ln_2/, 'ffn_norm'],
  [/mlp\.gate_proj/, 'ffn_gate'],
  [/mlp\.up_proj|mlp\.c_fc/, 'ffn_up'],
  [/mlp\.down_proj|mlp\.c_proj/, 'ffn_down'],
];
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:model\.embed_tokens|(?:transformer\.)?wte)\./, 'token_embd.'],
  [/^(?:transformer\.)?wpe\./, 'position_embd.'],
  [/^(?:model\.norm|(?:transformer\.)?ln_f)\./, 'output_norm.'],
  [/^lm_head\./, 'output.'],
];

function ggufName(name: string): string {
  const layer = /^(?:model\.layers|(?:transformer\.)?h)\.(\d+)\.(.*)\.(weight|bias)$/.exec(name);
  const [pattern, target] = (layer ? IN_LAYER : OTHERS).find(([pattern]) =>
    pattern.test(layer ? layer[2]! : name),
  )!;
  return layer
    ? `blk.${layer[1]}.${layer[2]!.replace(pattern, target)}.${layer[3]}`
    : name.replace(pattern, target);
}

/** Permutes the rows of a query or key weight, per head, from `half` to `interleaved` rotary embeddings. */
export function interleaveRows(values: Float32Array, heads: number, width: number): Float32Array {
  const headDim = values.length / width / heads;
  const result = new Float32Array(values.length);
  for (let row = 0; row < heads * headDim; row++) {
    const [head, at] = [Math.floor(row / headDim), row % headDim];
    const from = head * headDim + (at % 2) * (headDim / 2) + (at >> 1);
    result.set(values.subarray(from * width, (from + 1) * width), row * width);
  }
  return result;
}

function transpose(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** A placeholder vocabulary of Llama's type, for tests that do not tokenize. */
export function plainTokens(size: number): Record<string, TestValue> {
  const special = ['<unk>', '<s>', '</s>'];
  const ids = Array.from({ length: size }, (_, id) => id);
  return {
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.tokens': texts(ids.map((id) => special[id] ?? `t${id}`)),
    'tokenizer.ggml.scores': { type: 'f32', value: ids.map((id) => -id) },
    'tokenizer.ggml.token_type': { type: 'i32', value: ids.map((id) => [2, 3, 3][id] ?? 1) },
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
  };
}

/** The GGUF metadata of a config.json. */
export function ggufMetadata(config: Json): Record<string, TestValue> {
  const architecture = config.model_type === 'mistral' ? 'llama' : String(config.model_type);
  const key = (name: string) => `${architecture}.${name}`;
  const hidden = config.hidden_size ?? config.n_embd;
  const scaling = config.rope_scaling as { type?: string; factor: number } | null | undefined;
  return {
    'general.architecture': text(architecture),
    [key('context_length')]: u32(config.max_position_embeddings ?? config.n_positions),
    [key('embedding_length')]: u32(hidden),
    [key('block_count')]: u32(config.num_hidden_layers ?? config.n_layer),
    [key('feed_forward_length')]: u32(config.intermediate_size ?? 4 * Number(hidden)),
    [key('attention.head_count')]: u32(config.num_attention_heads ?? config.n_head),
    ...(architecture === 'gpt2'
      ? { [key('attention.layer_norm_epsilon')]: f32(config.layer_norm_epsilon) }
      : {
          [key('attention.head_count_kv')]: u32(config.num_key_value_heads),
          [key('attention.layer_norm_rms_epsilon')]: f32(config.rms_norm_eps),
          [key('rope.freq_base')]: f32(config.rope_theta),
        }),
    ...(config.model_type === 'mistral' && { [key('attention.sliding_window')]: u32(config.sliding_window) }),
    ...(config.head_dim !== undefined && { [key('attention.key_length')]: u32(config.head_dim) }),
    ...(scaling?.type === 'linear' && {
      [key('rope.scaling.type')]: text('linear'),
      [key('rope.scaling.factor')]: f32(scaling.factor),
    }),
  };
}

/** Converts a checkpoint with Hugging Face's names to a GGUF file. Matrices are stored as `type`, other tensors as F32. */
export async function ggufOfCheckpoint(
  config: Json,
  checkpoint: Checkpoint,
  options: {
    type?: keyof typeof TENSOR_TYPES;
    metadata?: Record<string, TestValue>;
    /** Whether the rows of queries and keys are already in `interleaved` order. */
    interleaved?: boolean;
    extra?: Record<string, Float32Array>;
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { type = 'F32', interleaved = false } = options;
  const heads = (name: string) =>
    Number(name.includes('.q_proj.') ? config.num_attention_heads : config.num_key_value_heads);
  const permuted = !interleaved && ['llama', 'mistral'].includes(String(config.model_type));
  const tensors: Record<string, { type: number; shape: readonly number[]; bytes: Uint8Array }> = {};
  for (const name of checkpoint.names) {
    // Buffers of old checkpoints: causal masks and rotary frequencies.
    if (/\.attn\.(?:masked_)?bias$|\.inv_freq$/.test(name)) continue;
    const data = await checkpoint.read(name);
    let [values, shape] = [toFloat32(data), data.shape];
    if (permuted && /\.[qk]_proj\./.test(name)) values = interleaveRows(values, heads(name), shape[1] ?? 1);
    if (/\.c_(?:attn|proj|fc)\.weight$/.test(name)) {
      values = transpose(values, shape[1]!);
      shape = [...shape].reverse();
    }
    const as = shape.length === 2 ? type : 'F32';
    tensors[ggufName(name)] = { type: TENSOR_TYPES[as], shape, bytes: encodeAs(as, values) };
  }
  for (const [name, values] of Object.entries(options.extra ?? {})) {
    tensors[name] = { type: TENSOR_TYPES.F32, shape: [values.length], bytes: bytesOf(values) };
  }
  const metadata = {
    ...ggufMetadata(config),
    ...plainTokens(Number(config.vocab_size)),
    ...options.metadata,
  };
  return ggufFile(metadata, tensors);
}

/** Logits of a decoder for all tokens of a text: `[tokens, vocabulary]`. */
export async function logitsOf(
  backend: Backend,
  configJson: unknown,
  checkpoint: Checkpoint,
  ids: readonly number[],
): Promise<Float32Array> {
  const decoder = await decoderFromCheckpoint(await readDecoderConfig(configJson), checkpoint, backend);
  const engine = new LocalDecoderEngine(backend, decoder);
  const session = await engine.openSession({ slots: 1, capacity: ids.length });
  const { logits } = await session.decode(
    {
      ids: Int32Array.from(ids),
      offsets: Int32Array.of(0, ids.length),
      slots: Int32Array.of(0),
      starts: Int32Array.of(0),
    },
    { rows: Int32Array.from(ids.keys()) },
  );
  await engine.dispose();
  return logits.data;
}
