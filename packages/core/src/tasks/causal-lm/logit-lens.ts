import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { ContextLengthError } from '../../errors.ts';
import type { TokenProbability } from '../../generate/logits/top-tokens.ts';
import { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
import type { Prompt } from '../../generate/options.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { requireCount } from '../inputs.ts';
import type { CausalParts } from './causal-perplexity.ts';

export interface LogitLensOptions {
  /** How many of the likeliest tokens to tell. Default: 5. */
  topK?: number;
  signal?: AbortSignal;
}

/** What each layer of a model would say next, after every token of a text. */
export interface LogitLens {
  readonly ids: Int32Array;
  /** The tokens as the vocabulary spells them. */
  readonly tokens: readonly string[];
  /** By layer and position, the likeliest next tokens, likeliest first. The last layer's are the model's own. */
  readonly layers: readonly (readonly (readonly TokenProbability[])[])[];
}

export async function logitLens(
  { generator, tokenizer, contextLength, encode }: CausalParts,
  text: Prompt,
  options: LogitLensOptions,
): Promise<LogitLens> {
  const { topK = 5, signal } = options;
  requireCount('logitLens', 'topK', topK);
  const ids = encode('logitLens', text);
  requireRoom('logitLens', ids, contextLength);
  const layers: TokenProbability[][][] = [];
  // Each layer's logits are looked at when they are there, and not kept: they would be the vocabulary's size for each token.
  const call: DecodeCallOptions = {
    hooks: {
      'blocks.*.lens': ({ name, shape, data }) => {
        const [rows = 0, width = 0] = shape;
        const layer = Number(name.split('.')[1]);
        layers[layer] ??= [];
        for (let row = 0; row < rows; row++) {
          const logits = data.subarray(row * width, (row + 1) * width);
          const before = ids.subarray(0, layers[layer].length + 1);
          layers[layer].push(topTokens(tokenizer, logits, topK, tokenTextAfter(tokenizer, before)));
        }
      },
    },
    ...(signal && { signal }),
  };
  await generator.exclusive(signal, ids.length, (held) => scoreText(held, { ids }, call, () => {}));
  return { ids, tokens: Array.from(ids, (id) => tokenizer.idToToken(id) ?? ''), layers };
}

/** Throws `ContextLengthError` for a text that the model cannot read whole. */
export function requireRoom(task: string, ids: Int32Array, contextLength: number): void {
  if (ids.length <= contextLength) return;
  throw new ContextLengthError(
    `${task}: the text has ${ids.length} tokens, the model reads ${contextLength}`,
    ids.length,
    contextLength,
  );
}
