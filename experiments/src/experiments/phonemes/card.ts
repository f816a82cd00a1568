import { percent } from '../../lab/blocks.ts';
import type { ModelCard } from '../../shipping/ship.ts';
import { type EightBits, EXAMPLE, type Trained } from './train.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  attention:
    'a bidirectional GRU of 160 units each way, and a GRU decoder with additive attention (Bahdanau et al. 2015)',
  transformer: 'an encoder–decoder transformer (Marian) of three and two layers, 128 wide, with four heads',
};

/** The model card of a shipped model. */
export function card(
  name: string,
  { name: architecture, parameters, minutes }: Trained,
  { words, wordErrorRate, phonemeErrorRate, numBeams, example }: EightBits,
  seed: number,
): ModelCard {
  return {
    summary: `The phonemes of an English word by its spelling: ${ARCHITECTURES[architecture]}; ${parameters.toLocaleString('en')} parameters in 8 bits.`,
    languages: ['en'],
    task: 'text2text-generation',
    dataLicense: 'BSD-2-Clause',
    data: 'The words of the CMU Pronouncing Dictionary (BSD-2-Clause), of four fifths of its spellings, without stress.',
    command: 'npm run experiment -- phonemes',
    seed,
    figures: `${words.toLocaleString('en')} unseen words, ${numBeams > 1 ? `with ${numBeams} beams` : 'greedy decoding'}: ${percent(wordErrorRate)} % of the words wrong, ${percent(phonemeErrorRate)} % of the phonemes. Of several
pronunciations in the dictionary the closest one counts. One seed; ${minutes.toFixed(0)} minutes of CPU.`,
    limits: [
      'Small letters a to z and the apostrophe; one word at a time.',
      'No stress, and one pronunciation where the dictionary has several.',
      'Names of other languages and abbreviations are read by English rules.',
    ],
    example: `import { loadModel } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadModel(await modelSource('${name}'));
const { text } = await model.generate('${EXAMPLE}');
console.log(text); // ${example}`,
  };
}
