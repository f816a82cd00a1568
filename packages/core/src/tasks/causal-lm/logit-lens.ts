import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import type { Generator } from '../../generate/generator.ts';
import type { TokenProbability } from '../../generate/logits/top-of-row.ts';
import { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { requireContextLength, requireCount } from '../inputs.ts';

export interface LogitLensOptions {
  /** Number of tokens to return for each layer and position. Default: 5. */
  topK?: number;
  signal?: AbortSignal;
}

/** Result of {@link CausalLM.logitLens}. */
export interface LogitLens {
  readonly ids: Int32Array;
  /** Spelling of the tokens in the vocabulary. */
  readonly tokens: readonly string[];
  /** By layer and position: the most probable next tokens, in descending order. The last layer's are the model's output. */
  readonly layers: readonly (readonly (readonly TokenProbability[])[])[];
}

/** Implements {@link CausalLM.logitLens}. */
export async function logitLens(
  generator: Generator,
  ids: Int32Array,
  options: LogitLensOptions,
): Promise<LogitLens> {
  const { topK = 5, signal } = options;
  const { tokenizer } = generator;
  requireCount('logitLens', 'topK', topK);
  requireContextLength('logitLens', ids, generator.contextLength);
  const layers: TokenProbability[][][] = [];
  // Logits of all layers would take layers × tokens × vocabSize values: hooks reduce them to the top tokens.
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
  await generator.exclusive(signal, ids.length, (session) => scoreText(session, { ids }, call, () => {}));
  return { ids, tokens: Array.from(ids, (id) => tokenizer.idToToken(id) ?? ''), layers };
}
