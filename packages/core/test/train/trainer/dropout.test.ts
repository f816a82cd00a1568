import { describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/index.ts';
import { dropoutBits, dropoutKey } from '../../../src/train/dropout/mask.ts';
import {
  causalLanguageModelling,
  type DropoutRates,
  dropout,
  dropoutRates,
  type Objective,
  RecordingBackend,
  seq2SeqLanguageModelling,
  sequenceClassification,
  type Trainable,
  Trainer,
  type TrainingBatch,
  tokenClassification,
} from '../../../src/train/index.ts';
import { backendNames } from '../../helpers/fixture.ts';
import { tinyDecoderConfig } from '../../helpers/tiny-decoders.ts';
import { tinyConfig } from '../../helpers/tiny-encoders.ts';
import { tinySeq2SeqConfig } from '../../helpers/tiny-seq2seq.ts';
import {
  someSequences,
  trainableDecoder,
  trainableEncoder,
  trainableSeq2Seq,
  valuesOf,
} from '../../helpers/training.ts';

describe('dropout bits', () => {
  it('are uniform, and uncorrelated between keys and between neighbours', () => {
    const count = 200_000;
    const [a, b] = [dropoutKey(1, 2, 3), dropoutKey(1, 2, 4)];
    const uniform = (key: number, i: number) => dropoutBits(key, i) / 2 ** 32 - 0.5;
    let [sum, squares, neighbours, keys] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const x = uniform(a, i);
      sum += x;
      squares += x * x;
      neighbours += x * uniform(a, i + 1);
      keys += x * uniform(b, i);
    }
    // Four standard deviations of the means.
    expect(Math.abs(sum / count)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(squares / count - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / count));
    expect(Math.abs(neighbours / count)).toBeLessThan(4 / 12 / Math.sqrt(count));
    expect(Math.abs(keys / count)).toBeLessThan(4 / 12 / Math.sqrt(count));
  });

  it('differ with each part of the key', () => {
    const keys = [dropoutKey(1, 2, 3), dropoutKey(2, 2, 3), dropoutKey(1, 3, 3), dropoutKey(1, 2, 4)];
    expect(new Set([...keys, dropoutKey(2, 1, 3), dropoutKey(0, 0, 0)]).size).toBe(6);
  });
});

describe.each(backendNames)('dropout over %s', (name) => {
  it('drops the share of the rate, scales the rest, and passes the gradient of what it kept', async () => {
    const backend = new RecordingBackend(await createBackend(name));
    const values = Float32Array.from({ length: 20_000 }, (_, i) => 1 + (i % 7));
    backend.record((tape) => {
      const x = backend.tensor(values, [100, 200]);
      tape.watch(x);
      const y = dropout(backend, x, 0.25, 7);
      const dropped = backend.read(y);
      const share = dropped.filter((value) => value === 0).length / values.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / values.length));
      const expected = values.map((value, i) => (dropped[i] === 0 ? 0 : Math.fround(value * (1 / 0.75))));
      expect(dropped).toEqual(expected);
      tape.backwardFrom(y, new Float32Array(values.length).fill(3));
      const gradient = Float32Array.from(tape.gradientOf(x));
      expect(gradient).toEqual(dropped.map((value) => (value === 0 ? 0 : 4)));
    });
  });

  it('passes gradients to views of columns', async () => {
    const backend = new RecordingBackend(await createBackend(name));
    backend.record((tape) => {
      const x = backend.tensor(new Float32Array(60).fill(1), [6, 10]);
      tape.watch(x);
      const y = dropout(backend, backend.columns(x, 3, 8), 0.5, 11);
      const kept = backend.read(y);
      tape.backwardFrom(y, new Float32Array(30).fill(1));
      const gradient = tape.gradientOf(x);
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 10; column++) {
          const inside = column >= 3 && column < 8;
          expect(gradient[row * 10 + column]).toBe(inside ? kept[row * 5 + column - 3] : 0);
        }
      }
    });
  });

  it('throws ConfigError for a rate of 1', async () => {
    const backend = new RecordingBackend(await createBackend(name));
    const run = () => backend.record(() => dropout(backend, backend.zeros([1, 1]), 1, 0));
    expect(run).toThrow('dropout: the rate must be at least 0 and below 1, got 1');
  });
});

// The points are those of Hugging Face's modeling_*.py, in the order of the forward pass.
const sublayers = (prefix: string, ...parts: readonly (readonly [string, number])[]) =>
  Object.fromEntries(parts.map(([part, rate]) => [`${prefix}blocks.*.${part}`, rate]));

describe('dropoutRates', () => {
  it('has the points of BERT and its classifiers', () => {
    const config = { model_type: 'bert', hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 };
    const encoder = {
      embeddings: 0.2,
      ...sublayers('', ['attention.weights', 0.3], ['attention.output', 0.2], ['feedForward.output', 0.2]),
    };
    expect(dropoutRates(config)).toEqual(encoder);
    expect(dropoutRates(config, 'maskedLM')).toEqual(encoder);
    expect(dropoutRates(config, 'tokenClassification')).toEqual({ ...encoder, output: 0.2 });
    const classifier = dropoutRates({ ...config, classifier_dropout: 0.4 }, 'sequenceClassification');
    expect(classifier).toEqual({ ...encoder, 'head.hidden': 0.4 });
    const nothing = { model_type: 'bert', hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
    expect(dropoutRates({ ...nothing, classifier_dropout: null }, 'sequenceClassification')).toEqual({});
  });

  it('has dropout on both sides of the dense layer of RoBERTa’s and ELECTRA’s classifiers', () => {
    const roberta = dropoutRates({ model_type: 'roberta' }, 'sequenceClassification');
    expect(roberta).toMatchObject({ output: 0.1, 'head.hidden': 0.1, embeddings: 0.1 });
    const electra = dropoutRates({ model_type: 'electra' }, 'sequenceClassification');
    expect(electra).toMatchObject({ output: 0.1, 'head.hidden': 0.1, 'embeddings.unprojected': 0.1 });
    expect(electra.embeddings).toBeUndefined();
    const base = { model_type: 'electra', embedding_size: 768, hidden_size: 768 };
    expect(dropoutRates(base)).toMatchObject({ embeddings: 0.1 });
  });

  it('has no dropout of the attention’s output of DistilBERT', () => {
    expect(dropoutRates({ model_type: 'distilbert', dropout: 0.2 }, 'sequenceClassification')).toEqual({
      embeddings: 0.2,
      ...sublayers('', ['attention.weights', 0.1], ['feedForward.output', 0.2]),
      'head.hidden': 0.2,
    });
  });

  it('has the points of GPT-2 and of the Llama family', () => {
    expect(dropoutRates({ model_type: 'gpt2', embd_pdrop: 0.2, attn_pdrop: 0.3, resid_pdrop: 0.4 })).toEqual({
      embeddings: 0.2,
      ...sublayers('', ['attention.weights', 0.3], ['attention.output', 0.4], ['feedForward.output', 0.4]),
    });
    for (const model_type of ['llama', 'mistral', 'qwen2', 'qwen3']) {
      expect(dropoutRates({ model_type })).toEqual({});
      expect(dropoutRates({ model_type, attention_dropout: 0.1 })).toEqual({
        'blocks.*.attention.weights': 0.1,
      });
    }
  });

  it('has the points of T5 and BART', () => {
    const side = (prefix: string, rates: { all: number; weights: number; hidden: number }) => ({
      [`${prefix}embeddings`]: rates.all,
      ...sublayers(
        prefix,
        ['attention.weights', rates.weights],
        ['attention.output', rates.all],
        ['feedForward.hidden', rates.hidden],
        ['feedForward.output', rates.all],
        ...(prefix === 'decoder.'
          ? ([
              ['crossAttention.weights', rates.weights],
              ['crossAttention.output', rates.all],
            ] as const)
          : []),
      ),
    });
    const t5 = { all: 0.2, weights: 0.2, hidden: 0.2 };
    expect(dropoutRates({ model_type: 't5', dropout_rate: 0.2 })).toEqual({
      ...side('encoder.', t5),
      'encoder.output': 0.2,
      ...side('decoder.', t5),
      'decoder.output': 0.2,
    });
    const bart = { all: 0.2, weights: 0.3, hidden: 0.4 };
    for (const model_type of ['bart', 'marian']) {
      const config = { model_type, dropout: 0.2, attention_dropout: 0.3, activation_dropout: 0.4 };
      expect(dropoutRates(config)).toEqual({ ...side('encoder.', bart), ...side('decoder.', bart) });
    }
  });

  it('throws ConfigError for rates that are none, and for unsupported models', () => {
    expect(() => dropoutRates({ model_type: 'gpt2', resid_pdrop: 1 })).toThrow(
      'config.json: resid_pdrop: the rate',
    );
    expect(() => dropoutRates({ model_type: 't5', dropout_rate: '0.1' })).toThrow(
      'dropout_rate must be a number',
    );
    expect(() => dropoutRates({ model_type: 'mamba' })).toThrow('model_type "mamba" is not supported');
  });
});

/** The parameters after two steps. */
async function afterTwoSteps<Model, Example, Batch extends TrainingBatch>(
  trainable: Trainable<Model>,
  objective: Objective<Model, Example, Batch>,
  trainExamples: readonly Example[],
  rates: DropoutRates,
  seed = 1,
): Promise<Float32Array> {
  const trainer = new Trainer({
    trainable,
    objective,
    trainExamples,
    maxSteps: 2,
    dropout: rates,
    seed,
    shuffle: false,
  });
  await trainer.train();
  return valuesOf(trainable);
}

describe('dropout in training', () => {
  const texts = someSequences(4).map((ids) => ({ ids }));

  it.each(['bert', 'roberta', 'electra', 'distilbert'] as const)(
    'reaches every point of %s and its classifiers',
    async (name) => {
      const labelled = texts.map(({ ids }, i) => ({ ids, label: i % 2 }));
      const ofSequences = dropoutRates(tinyConfig(name), 'sequenceClassification');
      const sequences = await trainableEncoder(name, ['sequenceClassification']);
      await afterTwoSteps(sequences, sequenceClassification(), labelled, ofSequences);
      const tagged = texts.map(({ ids }) => ({ ids, labels: ids.map((id) => id % 2) }));
      const ofTokens = dropoutRates(tinyConfig(name), 'tokenClassification');
      await afterTwoSteps(
        await trainableEncoder(name, ['tokenClassification']),
        tokenClassification(),
        tagged,
        ofTokens,
      );
    },
  );

  it.each(['gpt2', 'llama', 'qwen3'] as const)('reaches every point of %s', async (name) => {
    const rates = dropoutRates({ ...tinyDecoderConfig(name), attention_dropout: 0.1 });
    const run = async (seed?: number) =>
      afterTwoSteps(await trainableDecoder(name), causalLanguageModelling(), texts, rates, seed);
    const values = await run();
    expect(await run()).toEqual(values);
    expect(await run(2)).not.toEqual(values);
  });

  it.each(['t5', 'bart', 'marian'] as const)('reaches every point of %s', async (name) => {
    const rates = dropoutRates({
      ...tinySeq2SeqConfig(name),
      attention_dropout: 0.1,
      activation_dropout: 0.1,
    });
    const objective = seq2SeqLanguageModelling({ decoderStartTokenId: 0, padTokenId: 0 });
    const pairs = texts.map(({ ids }) => ({ ids, labels: ids.slice(1) }));
    await afterTwoSteps(await trainableSeq2Seq(name), objective, pairs, rates);
  });

  it('throws ConfigError with the rates that match no activation', async () => {
    const run = afterTwoSteps(await trainableDecoder('gpt2'), causalLanguageModelling(), texts, {
      embeddings: 0.1,
      'blocks.*.mlp.output': 0.1,
    });
    await expect(run).rejects.toThrow(
      'dropout: the forward pass has no activation named "blocks.*.mlp.output"',
    );
  });
});
