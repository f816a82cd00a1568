import { activationByName } from '../../activation.ts';
import type { ConfigReader } from '../../config.ts';
import { readTextEnds } from '../decoder-config.ts';
import { type FamilyConfig, LLAMA_BLOCK, LLAMA_MODEL, type readSizes } from '../family.ts';
import { limitedContext, type RotarySettings } from '../rope-config.ts';

/** Defaults of an architecture's configuration class. */
interface LlamaDefaults {
  readonly vocab: number;
  readonly intermediate: number;
  readonly eps: number;
  /** The field with epsilon. Default `rms_norm_eps`. */
  readonly epsName?: string;
  /** The activation function, where another field than `hidden_act` has it. */
  readonly activation?: string;
  readonly tied: boolean;
  /** Ids of the tokens that begin and end a text. Default: none. */
  readonly ends?: Parameters<typeof readTextEnds>[1];
}

/** A Llama with an architecture's defaults: what its successors read from fields of the same names. They replace what differs. */
export function readLlamaModel(
  reader: ConfigReader,
  modelType: FamilyConfig['modelType'],
  sizes: ReturnType<typeof readSizes>,
  rotary: RotarySettings,
  defaults: LlamaDefaults,
) {
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType,
    vocabSize: reader.size('vocab_size', defaults.vocab),
    intermediateSize: reader.size('intermediate_size', defaults.intermediate),
    hiddenAct: activationByName(defaults.activation ?? reader.text('hidden_act', 'silu')),
    normEps: reader.number(defaults.epsName ?? 'rms_norm_eps', defaults.eps),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', defaults.tied),
    ...readTextEnds(reader, defaults.ends),
    norm: 'rmsNorm',
    block: LLAMA_BLOCK,
    rotary: [rotary],
  } satisfies FamilyConfig;
}
