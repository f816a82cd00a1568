/** Values of config.json's `model_type` that are encoders. */
export const ENCODER_TYPES = [
  'bert',
  'distilbert',
  'electra',
  'roberta',
  'xlm-roberta',
  'camembert',
] as const;

/** Values of config.json's `model_type` that are decoders. */
export const DECODER_TYPES = ['gpt2', 'llama', 'mistral', 'qwen2', 'qwen3'] as const;

/** Values of config.json's `model_type` that are encoder–decoders. */
export const SEQ2SEQ_TYPES = ['t5', 'mt5', 'bart', 'marian'] as const;

/** What a loaded model is: the value of its `kind`. */
export type ModelKind = 'encoder' | 'causalLM' | 'seq2seqLM';

/** The supported model types of each kind. */
export const MODEL_TYPES: Readonly<Record<ModelKind, readonly string[]>> = {
  encoder: ENCODER_TYPES,
  causalLM: DECODER_TYPES,
  seq2seqLM: SEQ2SEQ_TYPES,
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
