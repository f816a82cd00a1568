import type { OutputRequest } from '../../engine/encoder-engine.ts';
import { normalizeRows } from '../../engine/pool.ts';
import { ConfigError } from '../../errors.ts';
import { POOLING_MODES, type SentenceSettings } from '../../models/encoders/pooling.ts';
import { showValue } from '../../show-value.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { EmbedOptions } from './embed-options.ts';
import { applySteps } from './sentence-steps.ts';

export { compareVectors } from './sentence-steps.ts';

/** How texts are embedded. */
export interface EmbedPlan {
  /** The text before each input. */
  readonly prompt: string;
  readonly request: OutputRequest;
  /** From the output of the request to the embedding. */
  finish(vector: Float32Array): Float32Array;
}

/**
 * The plan of a call of `embed`. As in sentence-transformers, the modules of the files come first, then vectors are cut to `truncateDim`, and then
 * normalised if the call says so. Throws `ConfigError` for an unknown prompt or pooling mode; `task` begins the message.
 */
export function planEmbedding(
  task: string,
  settings: SentenceSettings,
  options: EmbedOptions,
  encode: (prompt: string) => Int32Array,
  tokenizer: Tokenizer,
): EmbedPlan {
  const { pooling, steps, includePrompt = true } = settings;
  const { pooling: mode = pooling.mode, normalize, truncateDim = settings.truncateDim } = options;
  requirePoolingModes(task, 'pooling', mode);
  const prompt = promptOf(task, settings, options);
  const skip = includePrompt || prompt === '' ? 0 : promptLength(encode(prompt), tokenizer);
  const normalizesFirst =
    steps === undefined && (normalize ?? pooling.normalize) && truncateDim === undefined;
  return {
    prompt,
    request: { kind: 'embedding', mode, normalize: normalizesFirst, ...(skip > 0 && { skip }) },
    finish(vector) {
      if (steps === undefined && truncateDim === undefined) return vector;
      const own = steps ?? (pooling.normalize ? [{ kind: 'normalize' } as const] : []);
      const whole = applySteps(vector, own, normalize !== false);
      const cut =
        truncateDim === undefined || truncateDim >= whole.length ? whole : whole.slice(0, truncateDim);
      if (normalize === true) normalizeRows(cut, cut.length);
      return cut;
    },
  };
}

/** Throws `ConfigError` unless the value is a pooling mode or a list of some. */
export function requirePoolingModes(task: string, name: string, mode: unknown): void {
  const modes: unknown = typeof mode === 'string' ? [mode] : mode;
  if (Array.isArray(modes) && modes.length > 0 && modes.every((one) => POOLING_MODES.includes(one))) return;
  throw new ConfigError(
    `${task}: ${name} must be one or several of ${POOLING_MODES.join(', ')}, got ${showValue(mode)}`,
  );
}

function promptOf(
  task: string,
  { prompts = {}, defaultPromptName }: SentenceSettings,
  { prompt, promptName = defaultPromptName }: EmbedOptions,
): string {
  if (prompt !== undefined) {
    if (typeof prompt === 'string') return prompt;
    throw new ConfigError(`${task}: prompt must be a string, got ${typeof prompt}`);
  }
  if (promptName === undefined) return '';
  if (Object.hasOwn(prompts, promptName)) return prompts[promptName]!;
  const known = Object.keys(prompts).join(', ');
  throw new ConfigError(
    `${task}: promptName must be one of the prompts of the model's files (${known || 'they have none'}), got ${JSON.stringify(promptName)}`,
  );
}

/** Tokens of a prompt that are not pooled: those of its encoding, without a special token at its end. */
function promptLength(ids: Int32Array, tokenizer: Tokenizer): number {
  const last = ids.at(-1);
  return ids.length - (last !== undefined && tokenizer.isSpecial(last) ? 1 : 0);
}
