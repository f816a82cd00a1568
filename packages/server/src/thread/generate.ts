import {
  type CausalLM,
  ConfigError,
  type GeneratedToken,
  type GenerateOptions,
  type Generation,
  type Prompt,
  type Seq2SeqLM,
} from '@headwise/core';
import { countPenalties } from '@headwise/core/internal';
import type {
  ChatPrompt,
  GenerateChoices,
  GenerateResult,
  GenerateWork,
  Piece,
  ScoredToken,
  TextOrIds,
} from '../protocol.ts';
import { Answer, answerOf } from './answer.ts';

export interface GenerateCall {
  readonly signal: AbortSignal;
  readonly chatTemplate?: string;
  /** Makes the texts come in pieces, one text after the other. */
  readonly onPiece?: (piece: Piece) => void;
}

/** Computes a request for texts: the `n` texts of the first prompt, then those of the next. */
export async function generate(
  model: CausalLM | Seq2SeqLM,
  work: GenerateWork,
  call: GenerateCall,
): Promise<GenerateResult> {
  const options = optionsOf(model, work.choices, call.signal);
  // Greedy search gives the same text each time.
  const distinct = options.temperature === 0 ? 1 : work.n;
  const groups = call.onPiece
    ? await streamed(model, work, options, distinct, call, call.onPiece)
    : await together(model, work, options, distinct, call);
  const all = groups.flatMap((group) => Array.from({ length: work.n }, (_, i) => group[i] ?? group[0]!));
  const firsts = groups.map((group) => group[0]!);
  const sum = (list: readonly Generation[], of: (one: Generation) => number) =>
    list.reduce((total, one) => total + of(one), 0);
  return {
    kind: 'generate',
    texts: all.map((generation, index) => ({
      index,
      ...answerOf(work.prompt, generation),
      ...scored(generation.tokens, work.choices),
    })),
    promptTokens: sum(firsts, ({ promptIds }) => promptIds.length),
    cachedTokens: sum(firsts, ({ cachedTokens }) => cachedTokens),
    completionTokens: sum(all, ({ ids }) => ids.length),
  };
}

/** All texts at once; those of one prompt are a group. */
async function together(
  model: CausalLM | Seq2SeqLM,
  { prompt }: GenerateWork,
  options: GenerateOptions,
  distinct: number,
  { chatTemplate }: GenerateCall,
): Promise<Generation[][]> {
  const many = { ...options, ...(distinct > 1 && { numReturnSequences: distinct }) };
  const generations =
    'messages' in prompt
      ? [
          await chatModel(model).chat(prompt.messages, {
            ...many,
            ...toldOf(prompt),
            ...(chatTemplate !== undefined && { chatTemplate }),
          }),
        ]
      : await model.generate(promptsOf(model, prompt), many);
  return generations.map((first) => [first, ...(first.alternatives ?? [])]);
}

/** One text after the other. Each has a seed of its own: a stream is of one text. */
async function streamed(
  model: CausalLM | Seq2SeqLM,
  { prompt, n, choices }: GenerateWork,
  options: GenerateOptions,
  distinct: number,
  { chatTemplate }: GenerateCall,
  onPiece: (piece: Piece) => void,
): Promise<Generation[][]> {
  const open =
    'messages' in prompt
      ? [
          (more: GenerateOptions) =>
            chatModel(model).streamChat(prompt.messages, {
              ...more,
              ...toldOf(prompt),
              ...(chatTemplate !== undefined && { chatTemplate }),
            }),
        ]
      : promptsOf(model, prompt).map((one) => (more: GenerateOptions) => model.stream(one, more));
  const groups: Generation[][] = [];
  for (const [group, stream] of open.entries()) {
    groups.push([]);
    for (let i = 0; i < distinct; i++) {
      const indices = distinct === n ? [i] : Array.from({ length: n }, (_, k) => k);
      const sendAll = (piece: Omit<Piece, 'index'>) => {
        for (const k of indices) onPiece({ index: group * n + k, ...piece });
      };
      const seed = options.seed === undefined ? {} : { seed: (options.seed + i) % 2 ** 32 };
      const pieces = stream({ ...options, ...seed });
      const answer = new Answer(prompt);
      for (;;) {
        const { done, value } = await pieces.next();
        if (done) {
          groups[group]!.push(value);
          for (const said of answer.end()) sendAll(said);
          sendAll({ text: '', finishReason: answer.reasonOf(value) });
          break;
        }
        const tokens = scored(value.tokens, choices);
        const [first = { text: '' }, ...others] = answer.push(value);
        if (first.text !== '' || first.calls || tokens.tokens || !hasTools(prompt))
          sendAll({ ...first, ...tokens });
        for (const said of others) sendAll(said);
      }
    }
  }
  return groups;
}

/** What the chat template is given beside the messages. */
const toldOf = ({ tools }: ChatPrompt) => (tools ? { tools } : {});

const hasTools = (prompt: GenerateWork['prompt']) => 'messages' in prompt && prompt.tools !== undefined;

function chatModel(model: CausalLM | Seq2SeqLM): CausalLM {
  if (model.kind === 'causalLM') return model;
  throw new ConfigError(
    'messages: an encoder–decoder has no conversations; send a prompt to /v1/completions',
  );
}

function promptsOf({ tokenizer }: CausalLM | Seq2SeqLM, prompts: readonly TextOrIds[]): Prompt[] {
  return prompts.map((prompt) => {
    if (typeof prompt === 'string') return prompt;
    const wrong = prompt.find((id) => id >= tokenizer.vocabSize);
    if (wrong === undefined) return Int32Array.from(prompt);
    throw new ConfigError(`prompt: there is no token ${wrong}, the vocabulary has ${tokenizer.vocabSize}`);
  });
}

/**
 * Options of core. As OpenAI's API, and unlike core, a request samples from all tokens with a temperature of 1, unless it or the model's files say
 * otherwise.
 */
function optionsOf(
  { defaults, contextLength }: CausalLM | Seq2SeqLM,
  { presencePenalty, frequencyPenalty, topLogProbs, seed, stopStrings, ...given }: GenerateChoices,
  signal: AbortSignal,
): GenerateOptions {
  const samples = given.temperature !== 0;
  return {
    ...given,
    maxNewTokens: given.maxNewTokens ?? defaults.maxNewTokens ?? contextLength,
    ...(samples && { doSample: true, topK: given.topK ?? defaults.topK ?? 0, seed }),
    numBeams: 1,
    numReturnSequences: 1,
    ...(stopStrings && { stopStrings: [...(defaults.stopStrings ?? []), ...stopStrings] }),
    ...(topLogProbs !== undefined && { logProbs: true, topLogProbs }),
    ...((presencePenalty || frequencyPenalty) && {
      logitsProcessors: [countPenalties(presencePenalty ?? 0, frequencyPenalty ?? 0)],
    }),
    signal,
  };
}

/** The tokens as a field of a result, if log-probabilities are asked for. */
function scored(
  tokens: readonly GeneratedToken[],
  { topLogProbs }: GenerateChoices,
): { tokens?: readonly ScoredToken[] } {
  return topLogProbs === undefined ? {} : { tokens: tokens.map(scoredToken) };
}

function scoredToken({ id, token, text, logProbability = 0, top = [] }: GeneratedToken): ScoredToken {
  return {
    id,
    token,
    text,
    logProbability,
    top: top.map((one) => ({
      id: one.id,
      token: one.token,
      text: one.text,
      logProbability: one.logProbability,
    })),
  };
}
