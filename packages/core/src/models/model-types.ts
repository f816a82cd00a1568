/** Values of config.json's `model_type` that have RoBERTa's architecture. */
export const ROBERTA_TYPES = ['roberta', 'xlm-roberta', 'camembert'] as const;

/** Values of config.json's `model_type` that have Llama's architecture, with differences that their configurations say. */
export const LLAMA_TYPES = ['llama', 'mistral', 'qwen2', 'qwen3'] as const;

/** Values of config.json's `model_type` of decoders that are described by data; see models/decoders/families. */
export const FAMILY_TYPES = [
  'cohere',
  'cohere2',
  'falcon',
  'gemma',
  'gemma2',
  'gemma3_text',
  'gpt_neo',
  'gpt_neox',
  'gptj',
  'granite',
  'mixtral',
  'olmo2',
  'opt',
  'phi',
  'phi3',
  'qwen2_moe',
  'qwen3_moe',
  'smollm3',
  'stablelm',
] as const;

/** Values of config.json's `model_type` that have T5's architecture. */
export const T5_TYPES = ['t5', 'mt5', 'umt5'] as const;

/** Values of config.json's `model_type` that have BART's layers with pre-norm blocks. */
export const PRE_NORM_BART_TYPES = ['mbart', 'm2m_100', 'pegasus'] as const;

/** Values of config.json's `model_type` of models of speech, which `loadSpeech` loads. */
export const SPEECH_TYPES = ['whisper', 'moonshine'] as const;

/** What a loaded model is: the value of its `kind`. */
export type ModelKind = 'encoder' | 'causalLM' | 'seq2seqLM' | 'recurrentSeq2Seq';

/** The supported model types of each kind. */
export const MODEL_TYPES: Readonly<Record<ModelKind, readonly string[]>> = {
  encoder: [
    'bert',
    'distilbert',
    'electra',
    ...ROBERTA_TYPES,
    'mpnet',
    'modernbert',
    'nomic_bert',
    'new',
    'albert',
    'deberta-v2',
  ],
  causalLM: ['gpt2', ...LLAMA_TYPES, ...FAMILY_TYPES],
  seq2seqLM: [...T5_TYPES, 'bart', 'marian', ...PRE_NORM_BART_TYPES],
  recurrentSeq2Seq: ['recurrent_seq2seq'],
};

/** The kind of model that a parsed config.json describes; undefined if its `model_type` is not a supported one. */
export function modelKindOf(configJson: unknown): ModelKind | undefined {
  const modelType = modelTypeOf(configJson);
  const kinds = Object.keys(MODEL_TYPES) as ModelKind[];
  return kinds.find((kind) => MODEL_TYPES[kind].some((known) => known === modelType));
}

/** The `model_type` of a parsed config.json, whatever its value is. */
export function modelTypeOf(configJson: unknown): unknown {
  if (typeof configJson !== 'object' || configJson === null) return undefined;
  return Object.hasOwn(configJson, 'model_type')
    ? (configJson as { model_type: unknown }).model_type
    : undefined;
}
