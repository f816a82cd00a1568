import { ConfigError } from '../../errors.ts';
import { readTransposed } from '../transpose.ts';
import type { Checkpoint } from '../types.ts';

/** The architectures that are presented under Hugging Face's names. */
export type GgufArchitecture = 'llama' | 'qwen2' | 'qwen3' | 'gpt2';

/** How a GGUF file calls the parts of a block, and of the model; `.weight` or `.bias` follows in both. */
interface NameTable {
  readonly layers: string;
  readonly layerTensors: Readonly<Record<string, string>>;
  readonly modelTensors: Readonly<Record<string, string>>;
  /** Layers of which Hugging Face has the weight the other way round. */
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

const ARCHITECTURES: Readonly<Record<GgufArchitecture, NameTable>> = {
  llama: LLAMA,
  qwen2: LLAMA,
  qwen3: LLAMA,
  gpt2: GPT2,
};

/** Factors of the rotary positions. They are read as part of the configuration. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/** Throws `ConfigError` for an architecture that is not among those that can be loaded. */
export function checkArchitecture(name: string): GgufArchitecture {
  if (Object.hasOwn(ARCHITECTURES, name)) return name as GgufArchitecture;
  const known = Object.keys(ARCHITECTURES).join(', ');
  throw new ConfigError(
    `GGUF: general.architecture must be one of ${known}, got ${JSON.stringify(name).slice(0, 80)}`,
  );
}

/**
 * A GGUF file's tensors under Hugging Face's names. Names that the architecture does not have are kept, so that loading tells of them.
 * Llama's rows of queries and keys stay in the file's order, which is that of `interleaved` rotary positions.
 */
export function withHuggingFaceNames(checkpoint: Checkpoint, architecture: GgufArchitecture): Checkpoint {
  const names = ARCHITECTURES[architecture];
  const turned = new Set<string>();
  const places = new Map<string, string>();
  for (const name of checkpoint.names) {
    if (name === ROPE_FACTORS) continue;
    const { called, conv1d } = toHuggingFaceName(name, names);
    // Two names of the file for one: neither is right, so loading has to fail on it.
    const free = places.has(called) ? name : called;
    places.set(free, name);
    if (conv1d) turned.add(free);
  }
  const placeOf = (name: string) => places.get(name) ?? name;
  return {
    names: [...places.keys()],
    info: (name) => {
      const info = checkpoint.info(placeOf(name));
      return turned.has(name) ? { ...info, shape: [...info.shape].reverse() } : info;
    },
    read: (name, slice) =>
      turned.has(name)
        ? readTransposed(checkpoint, placeOf(name), slice)
        : checkpoint.read(placeOf(name), slice),
  };
}

function toHuggingFaceName(name: string, names: NameTable): { called: string; conv1d: boolean } {
  const parts = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name);
  if (!parts) return { called: name, conv1d: false };
  const [, layer, part = '', kind = ''] = parts;
  const table = layer === undefined ? names.modelTensors : names.layerTensors;
  if (!Object.hasOwn(table, part)) return { called: name, conv1d: false };
  const prefix = layer === undefined ? '' : `${names.layers}.${layer}.`;
  return {
    called: `${prefix}${table[part]}.${kind}`,
    conv1d: layer !== undefined && kind === 'weight' && (names.conv1d ?? []).includes(part),
  };
}
