// Names of Hugging Face's model classes, for `architectures` of config.json.

const PREFIXES: Readonly<Record<string, string>> = {
  bart: 'Bart',
  bert: 'Bert',
  camembert: 'Camembert',
  distilbert: 'DistilBert',
  electra: 'Electra',
  gpt2: 'GPT2',
  llama: 'Llama',
  marian: 'Marian',
  mistral: 'Mistral',
  mt5: 'MT5',
  qwen2: 'Qwen2',
  qwen3: 'Qwen3',
  roberta: 'Roberta',
  t5: 'T5',
  'xlm-roberta': 'XLMRoberta',
};

/** Classes whose names do not follow the pattern. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  GPT2ForCausalLM: 'GPT2LMHeadModel',
  MarianForConditionalGeneration: 'MarianMTModel',
};

/** The class of a model for a task, such as `BertForMaskedLM`. */
export function architectureOf(config: Readonly<Record<string, unknown>>, suffix: string): string {
  const name = `${PREFIXES[String(config.model_type)] ?? ''}${suffix}`;
  return EXCEPTIONS[name] ?? name;
}
