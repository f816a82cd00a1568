import { isObject, tokenizerError } from '../text/json/component.ts';
import { BACKEND, BERT } from './plain-tokenizer.ts';

const GPT2 = 'GPT2Tokenizer';
const QWEN2 = 'Qwen2Tokenizer';
const GEMMA = 'GemmaTokenizer';
const COHERE = 'CohereTokenizer';
const ROBERTA = 'RobertaTokenizer';
const NEOX = 'GPTNeoXTokenizer';

/** Classes by `model_type` (`TOKENIZER_MAPPING_NAMES` of transformers 5.17), of the models that Headwise runs. */
const BY_MODEL_TYPE: Readonly<Record<string, string>> = {
  bert: BERT,
  distilbert: BERT,
  electra: BERT,
  nomic_bert: BERT,
  mpnet: 'MPNetTokenizer',
  modernbert: BACKEND,
  roberta: ROBERTA,
  bart: ROBERTA,
  albert: 'AlbertTokenizer',
  camembert: 'CamembertTokenizer',
  'xlm-roberta': 'XLMRobertaTokenizer',
  'deberta-v2': 'DebertaV2Tokenizer',
  gpt2: GPT2,
  gpt_neo: GPT2,
  gptj: GPT2,
  opt: GPT2,
  phi: GPT2,
  gpt_neox: NEOX,
  qwen2: QWEN2,
  qwen2_moe: QWEN2,
  qwen3: QWEN2,
  qwen3_moe: QWEN2,
  gemma: GEMMA,
  gemma2: GEMMA,
  gemma3_text: GEMMA,
  cohere: COHERE,
  cohere2: COHERE,
  granite: BACKEND,
  mistral: BACKEND,
  mixtral: BACKEND,
  olmo2: BACKEND,
  phi3: BACKEND,
  stablelm: BACKEND,
  t5: 'T5Tokenizer',
  mt5: 'T5Tokenizer',
  umt5: BACKEND,
  marian: 'MarianTokenizer',
  m2m_100: 'M2M100Tokenizer',
  mbart: 'MBartTokenizer',
  pegasus: 'PegasusTokenizer',
};

/** Types whose class is the one above, whatever the repository names (`MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS`). */
const HUB_CLASS_IGNORED = ['qwen2', 'phi3', 'modernbert'];
/** Names that stand for tokenizer.json as it is. */
const BACKENDS = [
  BACKEND,
  'PreTrainedTokenizer',
  'PythonBackend',
  'PreTrainedTokenizerFast',
  'BloomTokenizer',
];

/** Other names of classes. */
const ALIASES: Readonly<Record<string, string>> = {
  DistilBertTokenizer: BERT,
  ElectraTokenizer: BERT,
  MobileBertTokenizer: BERT,
  SqueezeBertTokenizer: BERT,
  LayoutLMTokenizer: BERT,
  LxmertTokenizer: BERT,
  BartTokenizer: ROBERTA,
  LongformerTokenizer: ROBERTA,
  LEDTokenizer: ROBERTA,
  MvpTokenizer: ROBERTA,
  Phi3Tokenizer: 'LlamaTokenizer',
};

/**
 * The class that `AutoTokenizer` of transformers 5.17 makes a repository's tokenizer with, without `Fast`: `tokenizer_class` of
 * tokenizer_config.json, else that of config.json, else the class of `model_type`; but `TokenizersBackend`, tokenizer.json as it is, for types that
 * have no class of their own there. Throws `FormatError` if `tokenizer_class` is not a string.
 */
export function tokenizerClassOf(configJson: unknown, tokenizerConfig: unknown): string {
  const config = isObject(configJson) ? configJson : {};
  const type = typeof config.model_type === 'string' ? config.model_type : '';
  const registered = Object.hasOwn(BY_MODEL_TYPE, type) ? BY_MODEL_TYPE[type] : undefined;
  const named =
    (isObject(tokenizerConfig) ? tokenizerConfig.tokenizer_class : undefined) ?? config.tokenizer_class;
  if (named !== undefined && named !== null && typeof named !== 'string') {
    throw tokenizerError(`tokenizer_class must be a string, got ${JSON.stringify(named)}`);
  }
  const given = named?.replace(/Fast$/, '');
  const isIgnored = registered === BACKEND || HUB_CLASS_IGNORED.includes(type);
  const name = (isIgnored ? undefined : given) ?? registered ?? BACKEND;
  if (BACKENDS.includes(name)) return BACKEND;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}
