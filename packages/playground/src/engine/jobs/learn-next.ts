import type { JobContext, ModelStore } from '../job.ts';
import type { Candidate } from '../learn/recurrent.ts';

export interface NextParams {
  readonly model: 'gpt-mini' | 'stories15m';
  readonly text: string;
}

/** What a decoder says after a text. */
export interface NextToken {
  readonly tokens: readonly string[];
  /** Tokens of the vocabulary: as many probabilities come out of the last vector. */
  readonly vocabulary: number;
  /** The last token's vector after the last block, from which alone the next token is predicted. */
  readonly vector: Float32Array;
  /** The most probable next tokens. */
  readonly top: readonly (Candidate & { readonly text: string })[];
  /** The most probable next token by each layer's residual stream (logit lens), the last of which is the model's answer. */
  readonly lens: readonly (Candidate & { readonly text: string })[];
}

const TOP = 10;

export async function run(
  store: ModelStore,
  { model: id, text }: NextParams,
  { signal }: JobContext,
): Promise<NextToken> {
  const model = await store.load(id);
  const named = ({
    token,
    text: spelled,
    logProbability,
  }: {
    readonly token: string;
    readonly text: string;
    readonly logProbability: number;
  }) => ({ token, text: spelled, probability: Math.exp(logProbability) });
  const top = await model.nextTokens(text, { topK: TOP, signal });
  const { tokens, layers } = await model.logitLens(text, { topK: 1, signal });
  const { activations } = await model.record(text, ['output'], { signal });
  const { hiddenSize, vocabSize } = model.config;
  const output = activations.get('output')?.data ?? new Float32Array();
  return {
    tokens,
    vocabulary: vocabSize,
    vector: output.slice(-hiddenSize),
    top: top.map(named),
    lens: layers.map((positions) => positions.at(-1)?.[0]).flatMap((best) => (best ? [named(best)] : [])),
  };
}
