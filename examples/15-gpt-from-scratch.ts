// A GPT from scratch: a tokenizer is trained on nursery rhymes, then a model with random weights. Its checkpoint loads like any other model.
import { loadCausalLM, Tokenizer } from '@headwise/core';
import * as train from '@headwise/core/train';

const rhymes = `Twinkle, twinkle, little star, how I wonder what you are! Up above the world so high, like a diamond in the sky.
Mary had a little lamb, its fleece was white as snow, and everywhere that Mary went the lamb was sure to go.
`;
const text = rhymes.repeat(8);
const bpe = await train.trainBpe([text], { vocabSize: 320, specialTokens: ['<|endoftext|>'] });
const tokenizer = Tokenizer.fromFiles(bpe);
const sizes = { vocab_size: 320, n_layer: 2, n_head: 4, n_embd: 64, n_positions: 64 };
const config = { model_type: 'gpt2', ...sizes, eos_token_id: 0 };
const saved = {
  'config.json': config,
  'tokenizer.json': bpe.tokenizerJson,
  'tokenizer_config.json': bpe.tokenizerConfigJson,
};
const trainable = await train.createModel(config, { seed: 1 });
if (trainable.kind !== 'causalLM') throw new Error('not a decoder');

const storage = new train.MemoryCheckpoints();
const trainer = new train.Trainer({
  trainable,
  objective: train.causalLanguageModelling(),
  trainExamples: train.textBlocks(tokenizer, [text], { blockSize: 32 }),
  maxSteps: 120,
  learningRate: 0.005,
  checkpoints: { storage, every: 120, files: saved },
});
const { step, loss } = await trainer.train();
console.log(`${step} steps; loss below 0.2: ${loss < 0.2}`);

const read = async (name: string) => [name, await storage.read(`checkpoint-${step}`, name)] as const;
const files = [...Object.keys(saved), 'model.safetensors'];
const model = await loadCausalLM(new Map(await Promise.all(files.map(read))));
console.log((await model.generate('Twinkle, twinkle', { maxNewTokens: 12 })).text);

// Prints:
// 120 steps; loss below 0.2: true
// , little star, how I wonder w
