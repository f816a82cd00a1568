import { ContextLengthError, type GeneratedToken, loadCausalLM } from '@headwise/core';
import { type StoryOptions, UsageError } from './arguments.ts';
import { STORY_MODEL_NAME, storyModelFile } from './model.ts';
import type { Story, StoryToken } from './report.ts';

/** What happens while a story is written. */
export type StoryEvent =
  | { kind: 'prompt'; text: string }
  /** More of the story: whole characters, and the tokens that they are made of. */
  | { kind: 'piece'; text: string; tokens: readonly StoryToken[] };

const ALTERNATIVES = 5;

/**
 * Continues a text and tells of every piece of it as it is written.
 *
 * @throws UsageError when the text leaves no room for more.
 */
export async function writeStory(
  { prompt, tokens: maxNewTokens, temperature, seed }: StoryOptions,
  tell: (event: StoryEvent) => void,
): Promise<Story> {
  const model = await loadCausalLM(storyModelFile);
  try {
    // So that the speed is not that of a compiler which is still at work.
    await model.generate('The', { maxNewTokens: 8 });
    tell({ kind: 'prompt', text: prompt });
    const times: number[] = [];
    const start = performance.now();
    const stream = model.stream(prompt, {
      maxNewTokens,
      // One of them may be the token itself.
      topLogProbs: ALTERNATIVES + 1,
      onToken: () => times.push(performance.now()),
      ...(temperature !== undefined && { doSample: true, temperature, ...(seed !== undefined && { seed }) }),
    });
    let step = await stream.next();
    for (; !step.done; step = await stream.next())
      tell({ kind: 'piece', text: step.value.text, tokens: step.value.tokens.map(storyToken) });
    const { text, finishReason, promptIds, tokens, seed: drawnBy } = step.value;
    const [first = start, last = start] = [times[0], times.at(-1)];
    return {
      model: STORY_MODEL_NAME,
      backend: model.backend,
      prompt,
      text,
      finishReason,
      ...(drawnBy !== undefined && { seed: drawnBy }),
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
    probability: Math.exp(logProbability),
    alternatives: others.map((other) => ({
      token: other.token,
      text: other.text,
      probability: other.probability,
    })),
  };
}
