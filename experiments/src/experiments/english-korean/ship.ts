import { percent } from '../../lab/blocks.ts';
import type { Lab } from '../../lab/lab.ts';
import type { ModelCard, ShippedModel } from '../../shipping/ship.ts';
import { BEAMS, type EnglishKoreanResult, loadTask, plansOf } from './run.ts';
import { configOf, settings, trainedWeights } from './train.ts';

export async function shipped(result: EnglishKoreanResult, lab: Lab): Promise<ShippedModel[]> {
  const task = await loadTask(lab);
  return [
    {
      name: 'en-ko-messages',
      config: configOf(task),
      files: { ...task.files, 'generation_config.json': { num_beams: BEAMS } },
      weights: await trainedWeights(lab, plansOf(lab)[0]!),
      dtype: 'I8',
      card: card(result, lab.seed),
    },
  ];
}

/** The longest sources that are translated without an error: what the model does at its best is shown as such. */
function shownOf({ outputs }: EnglishKoreanResult) {
  return outputs
    .filter(({ output, reference }) => output === reference)
    .sort((a, b) => b.source.length - a.source.length)
    .slice(0, 2);
}

function card(result: EnglishKoreanResult, seed: number): ModelCard {
  const { training, sizes, all, greedy } = result;
  const { encoderLayers, decoderLayers, width, heads } = settings;
  const row = (name: string, { chrf, bleu, exact }: typeof greedy) =>
    `| ${name} | ${chrf.toFixed(1)} | ${bleu.toFixed(1)} | ${percent(exact)} |`;
  const calls = shownOf(result)
    .map(
      ({ source, output }) =>
        `console.log((await model.generate(${JSON.stringify(source)})).text); // ${output}`,
    )
    .join('\n');
  return {
    summary: `English messages of programs and names of emoji into Korean: a Marian transformer of ${training.parameters.toLocaleString('en')} parameters, ${encoderLayers} layers in the encoder and ${decoderLayers} in the decoder, ${width} wide, ${heads} heads, with weights in 8 bits.`,
    languages: ['en', 'ko'],
    task: 'translation',
    dataLicense: 'Apache-2.0 AND MIT AND Unicode-3.0',
    data: `${sizes.train.toLocaleString('en')} pairs: messages of TypeScript, Node-RED and Blockly (Apache-2.0), Visual Studio Code, Clerk and Payload (MIT), names of emoji, languages and countries of Unicode CLDR (Unicode-3.0), and the Universal Declaration of Human Rights (public domain).`,
    command: 'npm run experiment -- english-korean',
    seed,
    figures: `${sizes.test.toLocaleString('en')} pairs that are no near-duplicates of those trained on; weights in 32 bits. One seed.

| | chrF | BLEU of characters | equal to the reference, % |
| --- | ---: | ---: | ---: |
${row('beam search', all.model)}
${row('greedy', greedy)}
${row('translation of the nearest training source', all.nearest)}
${row('copy of the source', all.copy)}`,
    limits: [
      'Most translations of unseen sentences are wrong: it is a small example of a real task, not a translator.',
      'It writes fluent Korean that may have nothing to do with the source; nothing tells right outputs from wrong ones.',
      'English alone as the source, in the words of messages of programs and names of emoji.',
    ],
    example: `import { loadSeq2SeqLM } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadSeq2SeqLM(await modelSource('en-ko-messages'));
${calls}`,
  };
}
