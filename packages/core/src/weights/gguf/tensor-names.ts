import { ConfigError } from '../../errors.ts';
import { readTransposed } from '../transpose.ts';
import type { Checkpoint } from '../types.ts';
import { ggufError } from './rules.ts';

/** The supported architectures. */
export type GgufArchitecture = GgufDecoder | GgufEncoder;
export type GgufDecoder = 'llama' | 'qwen2' | 'qwen3' | 'gpt2';
export type GgufEncoder = 'bert' | 'nomic-bert';

/** GGUF tensor names mapped to Hugging Face's, without `.weight` and `.bias`. */
interface NameTable {
  /** Prefix of the layers. */
  readonly layers: string;
  /** Tensors of a layer, `blk.<layer>.<name>`. */
  readonly layerTensors: Readonly<Record<string, string>>;
  /** Tensors outside the layers. */
  readonly modelTensors: Readonly<Record<string, string>>;
  /** Tensors of a layer whose weight Hugging Face stores transposed (`Conv1D`). */
  readonly conv1d?: readonly string[];
}

const LLAMA: NameTable = {
  layers: 'model.layers',
  layerTensors: {
    attn_norm: 'input_layernorm',
    attn_q: 'self_attn.q_proj',
    attn_k: 'self_attn.k_proj',
    attn_v: 'self_attn.v_proj',
    attn_output: 'self_attn.o_proj',
    attn_q_norm: 'self_attn.q_norm',
    attn_k_norm: 'self_attn.k_norm',
    ffn_norm: 'post_attention_layernorm',
    ffn_gate: 'mlp.gate_proj',
    ffn_up: 'mlp.up_proj',
    ffn_down: 'mlp.down_proj',
  },
  modelTensors: { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
};

const GPT2: NameTable = {
  layers: 'transformer.h',
  layerTensors: {
    attn_norm: 'ln_1',
    attn_qkv: 'attn.c_attn',
    attn_output: 'attn.c_proj',
    ffn_norm: 'ln_2',
    ffn_up: 'mlp.c_fc',
    ffn_down: 'mlp.c_proj',
  },
  modelTensors: {
    token_embd: 'transformer.wte',
    position_embd: 'transformer.wpe',
    output_norm: 'transformer.ln_f',
    output: 'lm_head',
  },
  conv1d: ['attn_qkv', 'attn_output', 'ffn_up', 'ffn_down'],
};

const BERT: NameTable = {
  layers: 'encoder.layer',
  layerTensors: {
    attn_q: 'attention.self.query',
    attn_k: 'attention.self.key',
    attn_v: 'attention.self.value',
    attn_output: 'attention.output.dense',
    attn_output_norm: 'attention.output.LayerNorm',
    ffn_up: 'intermediate.dense',
    ffn_down: 'output.dense',
    layer_output_norm: 'output.LayerNorm',
  },
  modelTensors: {
    token_embd: 'embeddings.word_embeddings',
    position_embd: 'embeddings.position_embeddings',
    token_types: 'embeddings.token_type_embeddings',
    token_embd_norm: 'embeddings.LayerNorm',
  },
};

const NOMIC_BERT: NameTable = {
  layers: 'encoder.layers',
  layerTensors: {
    attn_qkv: 'attn.Wqkv',
    attn_output: 'attn.out_proj',
    attn_output_norm: 'norm1',
    ffn_up: 'mlp.fc11',
    ffn_gate: 'mlp.fc12',
    ffn_down: 'mlp.fc2',
    layer_output_norm: 'norm2',
  },
  modelTensors: {
    token_embd: 'embeddings.word_embeddings',
    token_types: 'embeddings.token_type_embeddings',
    token_embd_norm: 'emb_ln',
  },
};

const ARCHITECTURES: Readonly<Record<GgufArchitecture, NameTable>> = {
  llama: LLAMA,
  qwen2: LLAMA,
  qwen3: LLAMA,
  gpt2: GPT2,
  bert: BERT,
  'nomic-bert': NOMIC_BERT,
};

/** Tensor of the rotary frequency factors. They become part of the configuration. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/** Throws `ConfigError` for an unsupported architecture. */
export function checkArchitecture(name: string): GgufArchitecture {
  if (Object.hasOwn(ARCHITECTURES, name)) return name as GgufArchitecture;
  const known = Object.keys(ARCHITECTURES).join(', ');
  throw new ConfigError(
    `GGUF: general.architecture must be one of ${known}, got ${JSON.stringify(name).slice(0, 80)}`,
  );
}

/**
 * Presents the tensors of a GGUF file under Hugging Face's names. Unknown names are kept, so that loading reports them. The rows of Llama's
 * query and key weights stay in the file's order, which is that of `interleaved` rotary embeddings.
 *
 * Throws `FormatError` (`duplicate-tensor`) if two tensors have one name.
 */
export function withHuggingFaceNames(checkpoint: Checkpoint, architecture: GgufArchitecture): Checkpoint {
  const table = ARCHITECTURES[architecture];
  const transposed = new Set<string>();
  const sourceNames = new Map<string, string>();
  for (const source of checkpoint.names) {
    if (source === ROPE_FACTORS) continue;
    const { name, conv1d } = toHuggingFaceName(source, table);
    const other = sourceNames.get(name);
    if (other !== undefined) {
      throw ggufError(
        'duplicate-tensor',
        `tensors ${JSON.stringify(other)} and ${JSON.stringify(source)} are both ${JSON.stringify(name)}`,
      );
    }
    sourceNames.set(name, source);
    if (conv1d) transposed.add(name);
  }
  const sourceName = (name: string) => sourceNames.get(name) ?? name;
  return {
    names: [...sourceNames.keys()],
    info: (name) => {
      const info = checkpoint.info(sourceName(name));
      return transposed.has(name) ? { ...info, shape: [...info.shape].reverse() } : info;
    },
    read: (name, slice) =>
      transposed.has(name)
        ? readTransposed(checkpoint, sourceName(name), slice)
        : checkpoint.read(sourceName(name), slice),
  };
}

function toHuggingFaceName(name: string, table: NameTable): { name: string; conv1d: boolean } {
  const parts = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name);
  if (!parts) return { name, conv1d: false };
  const [, layer, part = '', kind = ''] = parts;
  const tensors = layer === undefined ? table.modelTensors : table.layerTensors;
  if (!Object.hasOwn(tensors, part)) return { name, conv1d: false };
  const prefix = layer === undefined ? '' : `${table.layers}.${layer}.`;
  return {
    name: `${prefix}${tensors[part]}.${kind}`,
    conv1d: layer !== undefined && kind === 'weight' && (table.conv1d ?? []).includes(part),
  };
}
