// Low-rank adapters: the encoder of example 13 stays as it is; small matrices beside its query and value projections are trained, and the
// classifier. They are saved as PEFT's files, and merged into the weights when the model is loaded.
import * as core from '@headwise/core';
import * as train from '@headwise/core/train';
import { labels, messages } from './lib/support-messages.ts';

const files = core.resolveSource('sentence-transformers/all-MiniLM-L6-v2');
const base = Object(await files.json('config.json'));
const config = { ...base, id2label: { ...labels }, classifier_pooling: 'mean' };
const tokenizer = core.Tokenizer.fromFiles({ tokenizerJson: await files.json('tokenizer.json') });
const trainExamples = labels.flatMap((name, label) =>
  messages[name]!.slice(0, 10).map((text) => ({ ids: tokenizer.encode(text).ids, label })),
);

const taskHeads = ['sequenceClassification'] as const;
const weights = train.initializeMissing(await core.openCheckpoint(files), config, { taskHeads, seed: 1 });
const modulesToSave = ['classifier'];
const lora = { r: 8, loraAlpha: 16, targetModules: ['query', 'value'], modulesToSave, seed: 1 };
const model = await train.openTrainable(await core.createBackend(), config, weights, { taskHeads, lora });
if (model.kind !== 'encoder') throw new Error('not an encoder');
const count = model.parameters.trainable.reduce((sum, { size }) => sum + size, 0);
console.log(`${model.lora!.modules.length} layers, ${count} values are trained`);
const objective = train.sequenceClassification();
const options = { epochs: 6, learningRate: 2e-3 };
await new train.Trainer({ trainable: model, objective, trainExamples, ...options }).train();

const saved = model.lora!.adapter().files();
console.log(Object.keys(saved).join(', '));
const source = new Map<string, string | Uint8Array>([['config.json', JSON.stringify(config)]]);
for (const name of ['tokenizer.json', 'model.safetensors']) source.set(name, await files.bytes(name));
const adapted = await core.loadEncoder(source, { taskHeads, adapter: await train.loadAdapter(saved) });
const [best] = await core.classify(adapted, 'The courier left my parcel in the rain.');
console.log(best!.label);

// Prints:
// 12 layers, 75268 values are trained
// adapter_config.json, adapter_model.safetensors
// delivery
