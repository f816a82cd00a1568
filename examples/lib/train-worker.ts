// The worker of 16-train-in-workers.ts: loads what every worker trains.
import { Tokenizer } from '@headwise/core';
import {
  causalLanguageModelling,
  createModel,
  type TrainableCausalLM,
  type TrainedTokenizer,
  textBlocks,
} from '@headwise/core/train';
import { serveTraining } from '@headwise/worker/train';

serveTraining(async ({ text, tokenizerFiles }: { text: string; tokenizerFiles: TrainedTokenizer }) => {
  const tokenizer = Tokenizer.fromFiles(tokenizerFiles);
  const config = {
    model_type: 'gpt2',
    vocab_size: tokenizer.vocabSize,
    n_layer: 2,
    n_head: 2,
    n_embd: 32,
    eos_token_id: 0,
  };
  return {
    trainable: (await createModel(config, { seed: 1 })) as TrainableCausalLM,
    objective: causalLanguageModelling(),
    trainExamples: textBlocks(tokenizer, [text], { blockSize: 32 }),
    batchSize: 2,
    gradientAccumulation: 4,
    maxSteps: 20,
    learningRate: 0.01,
    files: {
      'config.json': config,
      'tokenizer.json': tokenizerFiles.tokenizerJson,
      'tokenizer_config.json': tokenizerFiles.tokenizerConfigJson,
    },
  };
});
