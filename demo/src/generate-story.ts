import { ContextLengthError, type GeneratedToken, loadCausalLM } from '@headwise/core';
import { type StoryOptions, UsageError } from './arguments.ts';
import { STORY_MODEL_NAME, storyModelFile } from './model.ts';
import type { Story, StoryToken } from './report.ts';

/** An event of the generation. */
export type StoryEvent =
  | { kind: 'prompt'; text: string }
  /** Generated text in whole characters, and its tokens. */
  | { kind: 'piece'; text: string; tokens: readonly StoryToken[] };

const ALTERNATIVES = 5;

/**
 * Continues a prompt.
 *
 * @param onEvent called with the prompt, then with each piece of generated text
 * @throws UsageError when the prompt fills the context.
 */
export async function generateStory(
  { prompt, tokens: maxNewTokens, temperature, seed }: StoryOptions,
  onEvent: (event: StoryEvent) => void,
): Promise<Story> {
  const model = await loadCausalLM(storyModelFile);
  try {
    // Warm-up: the measured speed must not include compilation.
    await model.generate('The', { maxNewTokens: 8 });
    onEvent({ kind: 'prompt', text: prompt });
    const times: number[] = [];
    const start = performance.now();
    const stream = model.stream(prompt, {
      maxNewTokens,
      // The top tokens include the chosen token if it is likely enough.
      topLogProbs: ALTERNATIVES + 1,
      onToken: () => times.push(performance.now()),
      ...(temperature !== undefined && { temperature, ...(seed !== undefined && { seed }) }),
    });
    let step = await stream.next();
    for (; !step.done; step = await stream.next())
      onEvent({ kind: 'piece', text: step.value.text, tokens: step.value.tokens.map(storyToken) });
    const { text, finishReason, promptIds, tokens, seed: usedSeed } = step.value;
    const [first = start, last = start] = [times[0], times.at(-1)];
    return {
      model: STORY_MODEL_NAME,
      backend: model.backend,
      prompt,
      text,
      finishReason,
      ...(usedSeed !== undefined && { seed: usedSeed }),
      promptTokens: promptIds.length,
      tokens: tokens.map(storyToken),
      promptMs: first - start,
      tokensPerSecond: (1000 * (times.length - 1)) / (last - first || 1),
    };
  } catch (error) {
    if (error instanceof ContextLengthError) throw new UsageError(`--generate: ${error.message}`);
    throw error;
  } finally {
    await model.dispose();
  }
}

function storyToken({ id, token, text, logProbability, top = [] }: GeneratedToken): StoryToken {
  const others = top.filter((other) => other.id !== id).slice(0, ALTERNATIVES);
  return {
    token,
    text,
    // `topLogProbs` asks for it.
    probability: Math.exp(logProbability!),
    alternatives: others.map((other) => ({
      token: other.token,
      text: other.text,
      probability: other.probability,
    })),
  };
}
