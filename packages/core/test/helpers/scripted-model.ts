import { CausalLM, type CausalLMSettings } from '../../src/index.ts';
import { parseDecoderConfig } from '../../src/internal.ts';
import { type Script, ScriptedEngine, type ScriptedOptions } from './scripted-engine.ts';
import { tinyDecoderConfig } from './tiny-decoders.ts';
import { tinyTokenizerOf, tinyTokens } from './tiny-generators.ts';

export const VOCABULARY = tinyTokens.length;
export const idOf = (token: string): number => tinyTokens.indexOf(token);
export const EOS = idOf('</s>');

/** A model whose next-token logits come from a script. Its context length is 48 by default. */
export function scripted(
  script: Script,
  options: Partial<ScriptedOptions> = {},
  settings: CausalLMSettings = {},
) {
  const { contextLength = 48 } = options;
  const config = { ...parseDecoderConfig(tinyDecoderConfig('gpt2')), contextLength };
  const engine = new ScriptedEngine(script, { vocabSize: VOCABULARY, ...options, contextLength });
  return { engine, model: new CausalLM(config, tinyTokenizerOf(), engine, settings) };
}

/** Logits with nearly all probability on one token. */
export const certain = (id: number): Float32Array =>
  Float32Array.from({ length: VOCABULARY }, (_, i) => (i === id ? 20 : 0));

/** Continues the alphabet after the last letter, and ends after z. */
export const alphabet: Script = (ids) => {
  const last = tinyTokens[ids.at(-1)!]!;
  if (last === 'z') return certain(EOS);
  return certain(/^[a-y]$/.test(last) ? ids.at(-1)! + 1 : idOf('a'));
};

/** Generates this text after any prompt of this length, then ends. */
export const saying =
  (text: string, promptLength: number): Script =>
  (ids) =>
    certain(tinyTokenizerOf().encode(text).ids[ids.length - promptLength] ?? EOS);
