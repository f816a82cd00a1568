import { percent } from '../../lab/blocks.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import type { ShippedModel } from '../../shipping/ship.ts';
import type { Weights } from '../../shipping/weights.ts';
import type { gptConfig } from './model.ts';
import { bestOrder } from './report.ts';
import type { CharacterGptResult } from './result.ts';
import { BOS, EOS } from './tokenizer.ts';

/** `gpt-mini`: the model of the experiment's own seed. */
export function shippedGpt(
  result: CharacterGptResult,
  seed: number,
  config: ReturnType<typeof gptConfig>,
  { files }: TaskTokenizer,
  weights: Weights,
): ShippedModel {
  const [gpt] = result.gpts;
  const best = bestOrder(result);
  const usual = result.temperatures.find(({ temperature }) => temperature === 0.7)!;
  const bits = (value: number) => value.toFixed(3);
  const { characters, training } = result;
  const thousands = (count: number) => `${Math.round(count / 1000)},000`;
  return {
    name: 'gpt-mini',
    config,
    files: {
      ...files,
      'generation_config.json': {
        bos_token_id: BOS,
        eos_token_id: EOS,
        do_sample: true,
        temperature: 0.7,
        top_k: 0,
      },
    },
    weights,
    card: {
      summary: `Writes short English and Korean texts character by character: interface messages, names of emoji, documentation. A decoder of ${config.num_hidden_layers} layers, ${config.hidden_size} wide (Llama's blocks, rotary positions), with ${gpt!.parameters.toLocaleString('en')} parameters, a context of ${config.max_position_embeddings} characters and an alphabet of ${result.alphabet}.`,
      languages: ['en', 'ko'],
      task: 'text-generation',
      dataLicense: 'MIT AND Apache-2.0 AND Unicode-3.0',
      data: `${thousands(characters.en.train)} characters of English and ${thousands(characters.ko.train)} of Korean: messages of TypeScript (Apache-2.0), Visual Studio Code, Blockly, Clerk and Payload (MIT) and Node-RED (Apache-2.0), names of Unicode CLDR (Unicode-3.0), the Universal Declaration of Human Rights, and Headwise's documentation (MIT). ${training.steps} steps of ${training.batchSize} texts.`,
      command: 'npm run experiment -- character-gpt',
      seed: seed,
      figures: `Bits per character on held-out texts, the end of each text included:

| | English | Korean |
| --- | ---: | ---: |
| gpt-mini | ${bits(gpt!.test.en)} | ${bits(gpt!.test.ko)} |
| interpolated Kneser–Ney, order ${best.order} | ${bits(best.test.en)} | ${bits(best.test.ko)} |`,
      limits: [
        'It has seen less than a megabyte of text, for a few minutes: spelling and phrases are right more often than sense is, and n-grams predict the next character better.',
        'Characters that are not in its alphabet, such as rare syllables of Hangul, are one unknown character to it.',
        `Texts end after ${config.max_position_embeddings - 1} characters.`,
        `Of its texts at temperature ${usual.temperature}, ${percent(usual.copies)} % are texts that it was trained on, as a whole.`,
      ],
      example: exampleOf(result),
    },
  };
}

function exampleOf({ continuations }: CharacterGptResult): string {
  const { prompt, text } = continuations.find((one) => one.prompt === '파일을 ')!;
  return `import { loadCausalLM } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadCausalLM(await modelSource('gpt-mini'));
const { text } = await model.generate('${prompt}', { doSample: false, maxNewTokens: 40 });
console.log(text); // ${text}`;
}
