import { readFileSync } from 'node:fs';
import { type EncoderModel, loadEncoder, type TaskHeadKind } from '@headwise/core';
import type { OutputRequest } from '@headwise/core/internal';
import { loadEncoder as loadParallel } from '@headwise/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';

// Core's fixtures: tiny checkpoints of every architecture, with three heads of attention each.
const folder = new URL('../../core/test/fixtures/encoders/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder));

const tokenizer = {
  model: {
    type: 'WordPiece',
    vocab: { '[UNK]': 0, a: 1 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  },
  pre_tokenizer: { type: 'WhitespaceSplit' },
};

const ARCHITECTURES: readonly (readonly [name: string, heads: readonly TaskHeadKind[]])[] = [
  [
    'bert',
    ['maskedLM', 'nextSentence', 'sequenceClassification', 'tokenClassification', 'questionAnswering'],
  ],
  ['distilbert', ['maskedLM', 'sequenceClassification', 'tokenClassification', 'questionAnswering']],
  ['roberta', ['maskedLM', 'sequenceClassification', 'tokenClassification', 'questionAnswering']],
  ['electra', ['maskedLM', 'replacedToken', 'sequenceClassification', 'tokenClassification']],
  ['mpnet', ['maskedLM', 'sequenceClassification']],
  ['modernbert', ['maskedLM', 'sequenceClassification']],
  ['deberta-v3', ['maskedLM', 'sequenceClassification']],
  ['jina-bert', ['maskedLM', 'sequenceClassification']],
];

const SEQUENCES = [
  {
    ids: Int32Array.of(3, 14, 15, 9, 26, 5),
    typeIds: Int32Array.of(0, 0, 0, 1, 1, 1),
    rows: Int32Array.of(4, 1),
  },
  { ids: Int32Array.of(35, 89, 7), typeIds: new Int32Array(3), rows: Int32Array.of(0) },
];

describe.each(ARCHITECTURES)('%s in two workers', (name, taskHeads) => {
  let single: EncoderModel;
  let parallel: EncoderModel;

  beforeAll(async () => {
    const files = {
      'config.json': read(`${name}/config.json`),
      'model.safetensors': read(`${name}/model.safetensors`),
      'tokenizer.json': JSON.stringify(tokenizer),
      'tokenizer_config.json': '{"tokenizer_class":"PreTrainedTokenizerFast"}',
    };
    single = await loadEncoder(files, { taskHeads });
    parallel = await loadParallel(files, { taskHeads, workers: 2 });
  });
  afterAll(() => Promise.all([single.dispose(), parallel.dispose()]));

  const requests: OutputRequest[] = [
    { kind: 'hidden' },
    { kind: 'embedding', mode: 'max', normalize: false },
    ...taskHeads.map((kind) => ({ kind })),
  ];

  test.each(requests)('returns $kind as one thread does', async (request) => {
    const [expected, actual] = await Promise.all([
      single.run(SEQUENCES, request),
      parallel.run(SEQUENCES, request),
    ]);
    for (const [i, { shape, data }] of expected.entries()) {
      expect(actual[i]!.shape).toEqual(shape);
      expectClose(actual[i]!.data, data);
    }
  });

  test('passes logits and outputs of attention heads to hooks', async () => {
    const hooks = {
      'blocks.1.attention.heads.2.output': { edit: 'scale', factor: 2 },
      logits: { edit: 'scale', factor: 0.5 },
    } as const;
    const request: OutputRequest = { kind: taskHeads[0]! };
    const [expected, actual] = await Promise.all([
      single.run(SEQUENCES, request, { hooks }),
      parallel.run(SEQUENCES, request, { hooks }),
    ]);
    expectClose(actual[0]!.data, expected[0]!.data);
  });
});
