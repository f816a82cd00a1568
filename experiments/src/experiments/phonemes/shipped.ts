import type { Lab } from '../../lab/lab.ts';
import { configOf } from '../../sequences/architectures.ts';
import type { ShippedModel } from '../../shipping/ship.ts';
import { readWeights } from '../../shipping/weights.ts';
import { card } from './card.ts';
import type { PhonemeResult } from './result.ts';
import { phonemeTask } from './task.ts';
import { recipes, weightsPath } from './train.ts';

/** The models with attention, as g2p-attention and g2p-transformer: in 16 bits they are larger than 1 MB. */
export async function shipped({ models, eightBits }: PhonemeResult, lab: Lab): Promise<ShippedModel[]> {
  const { files, tokenizer } = await phonemeTask();
  return eightBits.map((scores) => {
    const { name, architecture } = recipes.find((recipe) => recipe.name === scores.name)!;
    const trained = models.find((model) => model.name === name)!;
    return {
      name: `g2p-${name}`,
      config: configOf(tokenizer.vocabSize, architecture),
      files: {
        ...files,
        ...(scores.numBeams > 1 && { 'generation_config.json': { num_beams: scores.numBeams } }),
      },
      weights: readWeights(weightsPath(lab, name)),
      dtype: 'I8',
      card: card(`g2p-${name}`, trained, scores, lab.seed),
    };
  });
}
