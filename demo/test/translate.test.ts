import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBackend, Tokenizer, writeSafetensors } from '@headwise/core';
import {
  createModel,
  quantizeStateDict,
  recurrentSeq2SeqModelling,
  seq2SeqLanguageModelling,
  type TrainableRecurrentSeq2Seq,
  type TrainableSeq2SeqLM,
  Trainer,
} from '@headwise/core/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Translation } from '../src/report.ts';

const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'];
const ENGLISH = { I: '나는', you: '너는', we: '우리는' };
const OBJECTS = { me: '나를', you: '너를', us: '우리를' };
const VERBS = { love: '사랑해', see: '봐', know: '알아' };

/** All sentences of a subject, a verb and an object, with their translations. */
const sentences = Object.entries(ENGLISH).flatMap(([subject, ko]) =>
  Object.entries(VERBS).flatMap(([verb, verbKo]) =>
    Object.entries(OBJECTS).map(([object, objectKo]) => ({
      english: `${subject} ${verb} ${object}`,
      korean: `${ko} ${objectKo} ${verbKo}`,
    })),
  ),
);

/** A tokenizer of these words, which ends texts with `</s>`. */
function words() {
  const all = sentences.flatMap(({ english, korean }) => [...english.split(' '), ...korean.split(' ')]);
  const single = [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }];
  return {
    model: {
      type: 'WordPiece',
      vocab: Object.fromEntries([...SPECIAL, ...new Set(all)].map((token, id) => [token, id])),
      unk_token: '<unk>',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: single,
      special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  };
}

const tokenizer = Tokenizer.fromFiles({ tokenizerJson: words() });
const examples = sentences.map(({ english, korean }) => ({
  ids: tokenizer.encode(english).ids,
  labels: tokenizer.encode(korean).ids,
}));
const configs = {
  recurrent: {
    model_type: 'recurrent_seq2seq',
    vocab_size: tokenizer.vocabSize,
    attention: 'additive',
    embedding_dim: 24,
    hidden_size: 32,
    bidirectional: true,
    bos_token_id: 1,
    eos_token_id: 2,
    max_length: 8,
  },
  fixed: {
    model_type: 'recurrent_seq2seq',
    vocab_size: tokenizer.vocabSize,
    embedding_dim: 16,
    hidden_size: 32,
    bos_token_id: 1,
    eos_token_id: 2,
    max_length: 8,
  },
  transformer: {
    model_type: 't5',
    vocab_size: tokenizer.vocabSize,
    d_model: 32,
    d_kv: 16,
    d_ff: 64,
    num_layers: 1,
    num_heads: 2,
    decoder_start_token_id: 0,
    pad_token_id: 0,
    eos_token_id: 2,
    max_length: 10,
  },
};
type Name = keyof typeof configs;

const folder = mkdtempSync(join(tmpdir(), 'headwise-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Trains a model in seconds and writes its files. */
async function writeModel(name: Name): Promise<void> {
  const config = configs[name];
  const trainable = await createModel(config, { seed: 1, backend: await createBackend('wasm-simd') });
  const common = { trainExamples: examples, maxSteps: 200, batchSize: 9, learningRate: 0.01 };
  if (trainable.kind === 'recurrentSeq2Seq') {
    const recurrent: TrainableRecurrentSeq2Seq = trainable;
    await new Trainer({ ...common, trainable: recurrent, objective: recurrentSeq2SeqModelling() }).train();
  } else {
    const objective = seq2SeqLanguageModelling({ decoderStartTokenId: 0, padTokenId: 0 });
    await new Trainer({ ...common, trainable: trainable as TrainableSeq2SeqLM, objective }).train();
  }
  const { tensors, quantizationConfig } = quantizeStateDict(trainable.parameters.stateDict());
  mkdirSync(join(folder, name));
  const write = (file: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, name, file), content);
  const files = {
    'config.json': JSON.stringify({ ...config, quantization_config: quantizationConfig }),
    'tokenizer.json': JSON.stringify(words()),
    'tokenizer_config.json': JSON.stringify({
      tokenizer_class: 'PreTrainedTokenizerFast',
      unk_token: '<unk>',
      eos_token: '</s>',
      pad_token: '<pad>',
    }),
    'model.safetensors': writeSafetensors(tensors),
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const demo = (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, NO_COLOR: '1' } });
const translate = async (name: Name, text: string) => {
  const { stdout } = await demo('--json', '--translate', text, '--model', join(folder, name));
  return JSON.parse(stdout) as Translation;
};

describe('npm run demo -- --translate', () => {
  beforeAll(async () => {
    for (const name of Object.keys(configs) as Name[]) await writeModel(name);
  });

  test('prints the translation, its alignment and what is unknown', async () => {
    const { stdout } = await demo('--translate', 'I love you', '--model', join(folder, 'recurrent'));
    const lines = stdout.split('\n');
    expect(lines[1]).toBe('I love you');
    expect(lines[2]).toBe('나는 너를 사랑해');
    expect(lines[3]).toBe("All tokens are in the model's vocabulary.");
    expect(lines[7]).toBe('         I   love you </s>');
    expect(lines[8]).toMatch(/^ {2}나는 {3}/);
    expect(lines).toHaveLength(12);
    expect(stdout).not.toContain('\x1b');
  });

  test('--json prints the tokens and the weights of words', async () => {
    const { alignment, ...result } = await translate('recurrent', 'we see  us');
    expect(result).toMatchObject({
      text: 'we see  us',
      translation: '우리는 우리를 봐',
      complete: true,
      unknown: [],
      sourceTokens: ['we', 'see', 'us', '</s>'],
      targetTokens: ['우리는', '우리를', '봐', '</s>'],
    });
    expect(alignment).toMatchObject({
      layers: 1,
      heads: 1,
      sourceWords: ['we', 'see', 'us', '</s>'],
      targetWords: ['우리는', '우리를', '봐'],
    });
    for (const row of alignment!.weights) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test('takes a transformer as well as a recurrent model', async () => {
    const { translation, alignment } = await translate('transformer', 'you know me');
    expect(translation).toBe('너는 나를 알아');
    expect(alignment).toMatchObject({ layers: 1, heads: 2, targetWords: ['너는', '나를', '알아'] });
    for (const row of alignment!.weights) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test('says that a model of one fixed vector has no alignment', async () => {
    const { stdout } = await demo('--translate', 'I see you', '--model', join(folder, 'fixed'));
    expect(stdout).toContain('The model has no attention');
  });

  test('names the words that the vocabulary does not have', async () => {
    const { unknown } = await translate('recurrent', 'I adore you, Kim');
    expect(unknown).toEqual(['adore', ',', 'Kim']);
  });

  test.each([
    [['--translate', 'a', '--model', 'no-such-model'], '--translate: modelSource: there is no model'],
    [['--translate', 'a', '--generate', 'b'], '--generate cannot be used with --translate'],
  ])('%j exits with code 2 and a message without a stack trace', async (args, message) => {
    const failure = await demo(...args).catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({ code: 2 });
    expect(failure.stderr).toContain(message);
    expect(failure.stderr).not.toContain('    at ');
  });
});
