// Fine-tuning: a sentence encoder gets a classifier, and learns from 40 messages which department of a shop they are for.
import { createBackend, openCheckpoint, resolveSource, Tokenizer } from '@headwise/core';
import { initializeMissing, openTrainable, sequenceClassification, Trainer } from '@headwise/core/train';
import { labels, messages } from './lib/support-messages.ts';

// A configuration with the labels; the classifier reads the mean of the tokens, as the model's embeddings do.
const files = resolveSource('sentence-transformers/all-MiniLM-L6-v2');
const base = Object(await files.json('config.json'));
const config = { ...base, id2label: { ...labels }, classifier_pooling: 'mean' };
const tokenizer = Tokenizer.fromFiles({ tokenizerJson: await files.json('tokenizer.json') });
const examples = (from: number, to?: number) =>
  labels.flatMap((name, label) =>
    messages[name]!.slice(from, to).map((text) => ({ ids: tokenizer.encode(text).ids, label })),
  );

const taskHeads = ['sequenceClassification'] as const;
const weights = initializeMissing(await openCheckpoint(files), config, { taskHeads, seed: 1 });
// The embeddings and the lower three of six layers stay as they are.
const trainable = (name: string) => /layer\.[345]\.|classifier/.test(name);
const model = await openTrainable(await createBackend(), config, weights, { taskHeads, trainable });
if (model.kind !== 'encoder') throw new Error('not an encoder');
const trainer = new Trainer({
  trainable: model,
  objective: sequenceClassification(),
  trainExamples: examples(0, 10),
  evalExamples: examples(10),
  epochs: 6,
  evaluateEvery: 30,
  learningRate: 5e-4,
});
const { step, evaluations } = await trainer.train();
const accuracy = evaluations.at(-1)!.metrics.accuracy!;
console.log(`${step} steps; at least 90 % of ${examples(10).length} unseen messages: ${accuracy >= 0.9}`);

// Prints:
// 30 steps; at least 90 % of 200 unseen messages: true
