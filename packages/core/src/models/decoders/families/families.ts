import type { ConfigReader } from '../../config.ts';
import type { FamilyConfig, FamilyType } from '../family.ts';
import { cohere, cohere2, falcon } from './falcon-cohere.ts';
import { gemma, gemma2, gemma3 } from './gemma.ts';
import { gptj, gptNeo, gptNeox, opt, phi } from './gpt-successors.ts';
import { granite, olmo2, phi3, smollm3, stablelm } from './llama-successors.ts';
import { mixtral, qwen2Moe, qwen3Moe } from './mixtures.ts';

export { loadFamily } from '../family.ts';

// Each function reads the config.json of one architecture; its defaults are those of Hugging Face's configuration class.

/** The readers by `model_type`. */
export const FAMILIES: Readonly<Record<FamilyType, (reader: ConfigReader) => FamilyConfig>> = {
  gemma,
  gemma2,
  gemma3_text: gemma3,
  phi3,
  phi,
  gpt_neox: gptNeox,
  opt,
  gpt_neo: gptNeo,
  gptj,
  smollm3,
  olmo2,
  stablelm,
  granite,
  falcon,
  cohere,
  cohere2,
  mixtral,
  qwen2_moe: qwen2Moe,
  qwen3_moe: qwen3Moe,
};
