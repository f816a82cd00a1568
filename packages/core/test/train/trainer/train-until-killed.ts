// Trains a tiny GPT-2 and writes a checkpoint after each step, for the test that kills this process. Says on stdout before each write that it
// begins. Arguments: the directory of the checkpoints, the number of steps.

import { createBackend } from '../../../src/backend/create.ts';
import { decoderFromCheckpoint, parseDecoderConfig } from '../../../src/models/decoders/registry.ts';
import { directoryCheckpoints } from '../../../src/train/checkpoints/node-directory.ts';
import { dropoutRates } from '../../../src/train/dropout/rates.ts';
import { causalLanguageModelling } from '../../../src/train/objectives/causal-lm.ts';
import { loadTrainable } from '../../../src/train/parameters/load-trainable.ts';
import { Trainer } from '../../../src/train/trainer/trainer.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../../helpers/tiny-decoders.ts';

const [directory = '', steps = ''] = process.argv.slice(2);
const config = tinyDecoderConfig('gpt2');
const trainable = await loadTrainable(
  await createBackend('wasm-simd'),
  await tinyDecoderCheckpoint('gpt2'),
  (weights, recording) => decoderFromCheckpoint(parseDecoderConfig(config), weights, recording),
);
const files = directoryCheckpoints(directory);
const storage: typeof files = {
  list: () => files.list(),
  read: (name, file) => files.read(name, file),
  remove: (name) => files.remove(name),
  write: async (name, contents) => {
    process.stdout.write(`writing ${name}\n`);
    await files.write(name, contents);
  },
};
const trainer = new Trainer({
  trainable,
  objective: causalLanguageModelling(),
  trainExamples: Array.from({ length: 7 }, (_, i) => ({
    ids: Int32Array.from({ length: 4 + i }, (_, k) => 5 + ((i * 7 + k * 3) % 50)),
  })),
  maxSteps: Number(steps),
  batchSize: 3,
  learningRate: 0.01,
  dropout: dropoutRates(config),
  checkpoints: { storage, every: 1, keep: 2, files: { 'config.json': config } },
});
await trainer.resume();
await trainer.train();
process.stdout.write('done\n');
