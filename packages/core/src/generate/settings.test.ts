import { describe, expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { readGenerationDefaults } from './defaults.ts';
import type { GenerateOptions } from './options.ts';
import { newTokensAfter, resolveSettings } from './settings.ts';

const resolve = (options: GenerateOptions, defaults = {}) =>
  resolveSettings('generate', options, defaults, 100);

const SAMPLED_BEAMS =
  'sampling (doSample, temperature, topK, topP, minP) and numBeams above 1 exclude each other';

describe('resolveSettings', () => {
  test('has the defaults of Hugging Face', () => {
    expect(resolve({})).toMatchObject({
      doSample: false,
      numBeams: 1,
      lengthPenalty: 1,
      earlyStopping: false,
      repetitionPenalty: 1,
      numReturnSequences: 1,
    });
    expect(resolve({ doSample: true })).toMatchObject({ temperature: 1, topK: 50, topP: 1, minP: 0 });
    expect(resolve({ doSample: true, seed: 2 ** 32 - 1 }).seed).toBe(2 ** 32 - 1);
  });

  test('prefers options to the model’s files, and these to the defaults', () => {
    const defaults = { doSample: true, temperature: 0.6, topP: 0.9, eosTokenIds: [3, 4], maxLength: 30 };
    const settings = resolve({ topP: 0.5, stopTokens: [9] }, defaults);
    expect(settings).toMatchObject({ doSample: true, temperature: 0.6, topP: 0.5, eosTokens: [3, 4] });
    expect([...settings.stopTokens]).toEqual([3, 4, 9]);
    // A file's temperature does not switch sampling on.
    expect(resolve({ doSample: false }, defaults)).toMatchObject({ doSample: false, temperature: 1 });
    expect(resolve({ eosTokenId: 7 }, defaults).eosTokens).toEqual([7]);
    expect(resolve({ eosTokenId: null }, defaults).eosTokens).toEqual([]);
    expect(resolve({ forcedBosTokenId: null }, { forcedBosTokenId: 5 }).forcedBosTokenId).toBeUndefined();
  });

  test('leaves out ids of the model’s files that the vocabulary does not have', () => {
    expect(resolve({}, { eosTokenIds: [2, 50256] }).eosTokens).toEqual([2]);
    expect(resolve({}, { minLength: -1, minNewTokens: -1 })).toMatchObject({ minLength: 0, minNewTokens: 0 });
  });

  test('takes stop_strings, num_return_sequences and lists of ids from the model’s files', () => {
    const files = {
      stop_strings: 'END',
      num_return_sequences: 3,
      num_beams: 3,
      forced_eos_token_id: [5, 6],
      bos_token_id: [1],
      pad_token_id: -1,
      eos_token_id: [2, -1],
    };
    const defaults = readGenerationDefaults({}, files);
    expect(resolve({ numBeams: 1, numReturnSequences: 1 }, defaults).stopStrings).toEqual(['END']);
    expect(resolve({ stopStrings: [] }, defaults)).toMatchObject({
      numReturnSequences: 3,
      forcedEosTokenIds: [5, 6],
      eosTokens: [2],
    });
    expect(resolve({ forcedEosTokenId: null, stopStrings: [] }, defaults).forcedEosTokenIds).toEqual([]);
    expect(defaults.bosTokenId).toBe(1);
    expect(() => readGenerationDefaults({}, { bos_token_id: [1, 2] })).toThrow(
      'bos_token_id must be an id or a list of one id',
    );
    expect(() => readGenerationDefaults({}, { stop_strings: [1] })).toThrow(
      'stop_strings must be a string or a list of strings',
    );
  });

  test.each([
    [{ max_time: 2 }, 'max_time to 2'],
    [{ cache_implementation: 'quantized' }, 'cache_implementation to "quantized"'],
    [{ sequence_bias: [[[5], -1]] }, 'sequence_bias to [[[5],-1]]'],
    [{ encoder_repetition_penalty: 1.2 }, 'encoder_repetition_penalty to 1.2'],
    [{ encoder_no_repeat_ngram_size: 3 }, 'encoder_no_repeat_ngram_size to 3'],
    [{ exponential_decay_length_penalty: [5, 1.1] }, 'exponential_decay_length_penalty to [5,1.1]'],
    [{ token_healing: true }, 'token_healing to true'],
    [{ guidance_scale: 1.5 }, 'guidance_scale to 1.5'],
    [{ watermarking_config: { bias: 2 } }, 'watermarking_config to {"bias":2}'],
    [{ penalty_alpha: 0.6 }, 'penalty_alpha to 0.6'],
    [{ dola_layers: 'high' }, 'dola_layers to "high"'],
    [{ num_beam_groups: 2 }, 'num_beam_groups to 2'],
    [{ constraints: [{}] }, 'constraints to [{}]'],
    [{ force_words_ids: [[1]] }, 'force_words_ids to [[1]]'],
    [{ forced_decoder_ids: [[1, 5]] }, 'forced_decoder_ids to [[1,5]]'],
    [{ do_sample: true, top_h: 0.4 }, 'top_h to 0.4'],
    [{ do_sample: true, typical_p: 0.9 }, 'typical_p to 0.9'],
    [{ do_sample: true, epsilon_cutoff: 0.001 }, 'epsilon_cutoff to 0.001'],
    [{ do_sample: true, eta_cutoff: 0.001 }, 'eta_cutoff to 0.001'],
  ])('refuses %j of a generation_config.json, which would change the tokens', (files, message) => {
    const defaults = readGenerationDefaults({}, files);
    expect(() => resolve({}, defaults)).toThrow(ConfigError);
    expect(() => resolve({}, defaults)).toThrow(
      `generation_config.json sets ${message}, which is not supported`,
    );
  });

  test('accepts fields that do not change the tokens', () => {
    const neutral = {
      max_time: null,
      cache_implementation: 'static',
      sequence_bias: {},
      encoder_repetition_penalty: 1,
      encoder_no_repeat_ngram_size: 0,
      token_healing: false,
      guidance_scale: 1,
      num_beam_groups: 1,
      diversity_penalty: 0.5,
      typical_p: 1,
      epsilon_cutoff: 0,
      eta_cutoff: 0,
      remove_invalid_values: true,
      output_scores: true,
      use_cache: false,
      prompt_lookup_num_tokens: 4,
      transformers_version: '5.17.0',
    };
    expect(readGenerationDefaults({}, neutral).unsupported).toBeUndefined();
    // Those of sampling have no effect on greedy search.
    expect(resolve({}, readGenerationDefaults({}, { typical_p: 0.5 })).doSample).toBe(false);
    expect(() => resolve({ temperature: 1 }, readGenerationDefaults({}, { typical_p: 0.5 }))).toThrow(
      'typical_p',
    );
  });

  test('resolves the number of new tokens', () => {
    expect(newTokensAfter(resolve({}), 10)).toBe(256);
    expect(newTokensAfter(resolve({ maxNewTokens: 5 }, { maxLength: 30 }), 10)).toBe(5);
    expect(newTokensAfter(resolve({}, { maxLength: 30 }), 10)).toBe(20);
    expect(newTokensAfter(resolve({}, { maxLength: 30 }), 40)).toBe(256);
    expect(newTokensAfter(resolve({}, { maxLength: 30, maxNewTokens: 8 }), 10)).toBe(8);
  });

  test.each<[GenerateOptions, string]>([
    [{ maxNewTokens: 0 }, 'maxNewTokens must be a whole number from 1 to 2147483647, got 0'],
    [{ maxNewTokens: 1.5 }, 'maxNewTokens must be'],
    [{ minNewTokens: -1 }, 'minNewTokens must be a whole number of at least 0'],
    [{ minLength: Number.NaN }, 'minLength must be'],
    [{ doSample: 'yes' as never }, 'doSample must be true or false, got "yes"'],
    [{ doSample: true, temperature: 0 }, 'temperature must be a number above 0 with doSample: true, got 0'],
    [{ doSample: true, temperature: Infinity }, 'temperature must be'],
    [{ doSample: true, topK: -1 }, 'topK must be a whole number of at least 0'],
    [{ doSample: true, topP: 0 }, 'topP must be a number above 0 and up to 1'],
    [{ doSample: true, topP: 1.1 }, 'topP must be'],
    [{ doSample: true, minP: 2 }, 'minP must be a number from 0 to 1'],
    [{ doSample: true, seed: -1 }, 'seed must be a whole number from 0 to 4294967295'],
    [{ doSample: true, seed: 2 ** 32 }, 'seed must be'],
    [{ repetitionPenalty: 0 }, 'repetitionPenalty must be a number above 0'],
    [{ doSample: true, seed: 2 ** 32 }, 'seed must be'],
    [{ noRepeatNgramSize: -2 }, 'noRepeatNgramSize must be'],
    [{ logitBias: { 100: 1 } }, 'logitBias must be finite numbers or -Infinity by ids from 0 to 99'],
    [{ logitBias: { 1: Infinity } }, 'logitBias must be'],
    [{ logitBias: { the: 1 } as never }, 'logitBias must be'],
    [{ logitBias: 7 as never }, 'logitBias must be an object, got 7'],
    [{ badWordsIds: [[]] }, 'badWordsIds must be a list of lists of ids, none of them empty'],
    [{ suppressTokens: 7 as never }, 'suppressTokens must be a list of ids'],
    [{ forcedBosTokenId: 100 }, 'forcedBosTokenId must be a whole number from 0 to 99'],
    [{ forcedEosTokenId: -1 }, 'forcedEosTokenId must be'],
    [{ numBeams: 0 }, 'numBeams must be a whole number from 1 to 1024'],
    [{ numBeams: 2, lengthPenalty: Number.NaN }, 'lengthPenalty must be a number'],
    [{ numBeams: 2, earlyStopping: 'always' as never }, "earlyStopping must be true, false or 'never'"],
    [{ numReturnSequences: 0 }, 'numReturnSequences must be'],
    [{ eosTokenId: 100 }, 'eosTokenId must be a list of ids from 0 to 99, got [100]'],
    [{ stopTokens: [1, -1] }, 'stopTokens must be a list of ids from 0 to 99'],
    [{ stopTokens: 7 as never }, 'stopTokens must be a list of ids, got 7'],
    [{ stopStrings: [''] }, 'stopStrings must be a list of strings, none of them empty'],
    [{ stopStrings: 'stop' as never }, 'stopStrings must be'],
    [{ topLogProbs: -1 }, 'topLogProbs must be'],
    [{ truncatePrompt: 'middle' as never }, "truncatePrompt must be 'left' or 'right', got \"middle\""],
    [{ batchSize: 0 }, 'batchSize must be'],
    [{ temperature: -1 }, 'temperature must be a number of at least 0, got -1'],
    [{ temperature: Number.NaN }, 'temperature must be a number of at least 0, got NaN'],
    [{ temperature: 0, topK: -1 }, 'topK must be a whole number of at least 0, got -1'],
    [{ doSample: false, temperature: 0.7 }, 'temperature has no effect with doSample: false'],
    [{ doSample: false, topK: 5 }, 'topK has no effect with doSample: false'],
    [{ doSample: false, topP: 0.9 }, 'topP has no effect with doSample: false'],
    [{ doSample: false, minP: 0.1 }, 'minP has no effect with doSample: false'],
    [{ doSample: false, temperature: 0, topK: 5 }, 'topK has no effect with doSample: false'],
    [{ seed: 1 }, 'seed has no effect without sampling'],
    [{ numReturnSequences: 2 }, 'numReturnSequences above 1 needs sampling (doSample: true) or numBeams'],
    [{ numReturnSequences: 2, temperature: 0 }, 'numReturnSequences above 1 needs sampling'],
    [{ numBeams: 2, doSample: true }, SAMPLED_BEAMS],
    [{ numBeams: 2, temperature: 0.7 }, SAMPLED_BEAMS],
    [{ numBeams: 2, topP: 0.9 }, SAMPLED_BEAMS],
    [{ numBeams: 2, numReturnSequences: 3 }, 'numReturnSequences must be at most numBeams, got 3 and 2'],
    [{ numBeams: 2, stopStrings: ['a'] }, 'stopStrings need numBeams 1'],
    [{ numBeams: 2, record: ['logits'] }, 'record needs numBeams 1'],
    [{ numBeams: 2, onToken: () => {} }, 'onToken needs numBeams 1'],
  ])('throws ConfigError for %j', (options, message) => {
    expect(() => resolve(options)).toThrow(ConfigError);
    expect(() => resolve(options)).toThrow(`generate: ${message}`);
  });
});

describe('sampling', () => {
  test.each<[GenerateOptions]>([
    [{ temperature: 0.7 }],
    [{ temperature: 1 }],
    [{ topK: 40 }],
    [{ topK: 0 }],
    [{ topP: 0.9 }],
    [{ minP: 0.05 }],
  ])('%j switches it on', (options) => {
    const defaults = { temperature: 1, topK: 50, topP: 1, minP: 0 };
    expect(resolve(options)).toMatchObject({ doSample: true, ...defaults, ...options });
    expect(resolve({ ...options, seed: 3 })).toMatchObject({ doSample: true, seed: 3 });
  });

  test.each<[GenerateOptions]>([
    [{ temperature: 0 }],
    [{ temperature: 0, doSample: false }],
    [{ temperature: 0, topK: 5, topP: 0.9, minP: 0.1 }],
    [{ temperature: 0, seed: 7 }],
  ])('%j is greedy search', (options) => {
    expect(resolve(options)).toMatchObject({ doSample: false, temperature: 1, numBeams: 1 });
    expect(resolve(options, { doSample: true, temperature: 0.6 })).toMatchObject({ doSample: false });
  });

  test('stays off when only a file sets temperature, topK, topP or minP', () => {
    const values = { temperature: 0.6, topK: 20, topP: 0.9, minP: 0.1 };
    expect(resolve({}, values).doSample).toBe(false);
    expect(resolve({}, { ...values, doSample: false }).doSample).toBe(false);
    expect(() => resolve({ seed: 1 }, values)).toThrow('seed has no effect without sampling');
  });

  test('takes the file’s other values when an option switches it on', () => {
    const file = { doSample: false, temperature: 0.6, topK: 20, topP: 0.9 };
    expect(resolve({ topP: 0.5 }, file)).toMatchObject({
      doSample: true,
      temperature: 0.6,
      topK: 20,
      topP: 0.5,
      minP: 0,
    });
  });

  test('takes a file’s temperature of 0 as greedy search, unless an option switches it on', () => {
    expect(resolve({}, { temperature: 0 })).toMatchObject({ doSample: false, temperature: 1 });
    expect(resolve({}, { doSample: true, temperature: 0 })).toMatchObject({ doSample: false });
    expect(resolve({ topK: 5 }, { temperature: 0 })).toMatchObject({
      doSample: true,
      temperature: 1,
      topK: 5,
    });
    expect(resolve({ doSample: true }, { temperature: 0 })).toMatchObject({ doSample: true, temperature: 1 });
  });

  test('replaces the beams of a file when an option switches it on, and not otherwise', () => {
    expect(resolve({ temperature: 0.7 }, { numBeams: 4 })).toMatchObject({ doSample: true, numBeams: 1 });
    expect(resolve({ temperature: 0 }, { numBeams: 4 })).toMatchObject({ doSample: false, numBeams: 4 });
    expect(resolve({ temperature: 0, numBeams: 2 })).toMatchObject({ doSample: false, numBeams: 2 });
    expect(() => resolve({ temperature: 0.7, numBeams: 2 }, { numBeams: 4 })).toThrow(SAMPLED_BEAMS);
  });
});

describe('readGenerationDefaults', () => {
  test('reads generation_config.json, and ids that it lacks from config.json', () => {
    const file = {
      do_sample: true,
      temperature: 0.6,
      top_k: 20,
      max_length: 4096,
      eos_token_id: [7, 8],
      bos_token_id: 1,
      early_stopping: 'never',
      bad_words_ids: [[3], [4, 5]],
      forced_bos_token_id: null,
      transformers_version: '4.40.0',
    };
    expect(readGenerationDefaults({ eos_token_id: 2, pad_token_id: 0 }, file)).toEqual({
      doSample: true,
      temperature: 0.6,
      topK: 20,
      maxLength: 4096,
      eosTokenIds: [7, 8],
      bosTokenId: 1,
      padTokenId: 0,
      earlyStopping: 'never',
      badWordsIds: [[3], [4, 5]],
    });
  });

  test('reads config.json in place of a missing generation_config.json, and task_specific_params', () => {
    const config = {
      num_beams: 4,
      eos_token_id: 2,
      decoder_start_token_id: 0,
      task_specific_params: {
        summarization: { prefix: 'summarize: ', max_length: 200, min_length: 30 },
        translation_en_to_de: { prefix: 'translate English to German: ', early_stopping: true },
      },
    };
    const tasks = {
      summarization: { prefix: 'summarize: ', maxLength: 200, minLength: 30 },
      translation_en_to_de: { prefix: 'translate English to German: ', earlyStopping: true },
    };
    expect(readGenerationDefaults(config)).toEqual({
      numBeams: 4,
      eosTokenIds: [2],
      decoderStartTokenId: 0,
      tasks,
    });
    expect(readGenerationDefaults(config, {})).toEqual({ eosTokenIds: [2], decoderStartTokenId: 0, tasks });
  });

  test.each([
    [{ top_k: '50' }, 'generation_config.json: top_k must be a number, got "50"'],
    [{ do_sample: 1 }, 'generation_config.json: do_sample must be true or false'],
    [{ early_stopping: 'soon' }, "early_stopping must be true, false or 'never'"],
    [{ eos_token_id: ['</s>'] }, 'eos_token_id must be an id or a list of ids'],
    [{ eos_token_id: 2 ** 31 }, 'eos_token_id must be an id or a list of ids'],
    [{ bad_words_ids: [3] }, 'bad_words_ids must be a list of lists of ids'],
    [{ suppress_tokens: 3 }, 'suppress_tokens must be a list of ids'],
    [[], 'generation_config.json must be an object'],
  ])('throws ConfigError for %j', (file, message) => {
    expect(() => readGenerationDefaults({}, file)).toThrow(ConfigError);
    expect(() => readGenerationDefaults({}, file)).toThrow(message);
  });

  test('names the task of an invalid task_specific_params', () => {
    const tasks = (summarization: unknown) => ({ task_specific_params: { summarization } });
    expect(() => readGenerationDefaults(tasks({ prefix: 7 }))).toThrow(
      'summarization.prefix must be a string',
    );
    expect(() => readGenerationDefaults(tasks(7))).toThrow(
      'task_specific_params.summarization must be an object',
    );
    expect(() => readGenerationDefaults(tasks({ max_length: '9' }))).toThrow('max_length must be a number');
  });
});
