import { expect, test } from 'vitest';
import type { GenerationDefaults } from '../defaults.ts';
import type { GenerateOptions } from '../options.ts';
import { resolveSettings } from '../settings.ts';
import { createProcessors } from './processor-list.ts';

const settingsOf = (options: GenerateOptions, defaults: GenerationDefaults = {}) =>
  resolveSettings('generate', { eosTokenId: null, ...options }, defaults, 9);
const processors = (options: GenerateOptions) => createProcessors(settingsOf(options), 5);

test.each<[string, GenerateOptions, number]>([
  ['nothing', {}, 0],
  ['repetitionPenalty 1', { repetitionPenalty: 1 }, 0],
  ['repetitionPenalty 2', { repetitionPenalty: 2 }, 1],
  ['noRepeatNgramSize 0', { noRepeatNgramSize: 0 }, 0],
  ['noRepeatNgramSize 1', { noRepeatNgramSize: 1 }, 1],
  ['no bad words', { badWordsIds: [] }, 0],
  ['one bad word', { badWordsIds: [[1]] }, 1],
  ['minLength 1', { minLength: 1, stopTokens: [3] }, 1],
  ['minNewTokens 1', { minNewTokens: 1, stopTokens: [3] }, 1],
  ['forcedBosTokenId 0', { forcedBosTokenId: 0 }, 1],
  ['forcedEosTokenId 0', { forcedEosTokenId: 0 }, 1],
  ['suppressTokens', { suppressTokens: [0] }, 1],
  ['a custom processor', { logitsProcessors: [() => {}] }, 1],
  ['a logit bias', { logitBias: { 0: 1 } }, 1],
  // The sampling distribution is no part of them.
  ['doSample', { doSample: true }, 0],
  ['doSample with everything', { doSample: true, topK: 2, topP: 0.5, minP: 0.1, temperature: 2 }, 0],
])('the processors of %s', (_, options, count) => {
  expect(processors(options)).toHaveLength(count);
});

test.each<[string, GenerationDefaults]>([
  ['beginSuppressTokens', { beginSuppressTokens: [1] }],
  ['forcedEosTokenId', { forcedEosTokenId: [1, 2] }],
  ['renormalizeLogits', { renormalizeLogits: true }],
])('%s of the files has a processor', (_, defaults) => {
  expect(createProcessors(settingsOf({}, defaults), 5)).toHaveLength(1);
});
