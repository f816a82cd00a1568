import type { Side } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import type { ComparisonSettings } from './compare.ts';
import type { PreTrainingSettings, Sizes } from './pretraining.ts';

/** Tokens, layers and widths of the model. */
export const sizesOf = (lab: Lab): Sizes =>
  lab.size(
    { vocabSize: 2400, hiddenSize: 64, layers: 2, heads: 4, intermediateSize: 256 },
    { vocabSize: 1400, hiddenSize: 16, layers: 2, heads: 2, intermediateSize: 32 },
  );

export const preTrainingSettings = (lab: Lab): PreTrainingSettings => ({
  steps: lab.size(2800, 20),
  tokensPerBatch: 1024,
  learningRate: 1.5e-3,
  passes: lab.size(5, 1),
  perPass: lab.size({ grammar: 4000, messages: 13_000 }, { grammar: 200, messages: 200 }),
  evaluated: lab.size(200, 20),
  tested: lab.size(1000, 30),
  evaluations: lab.size(8, 2),
});

export const senseCounts = (lab: Lab) => lab.size({ train: 500, test: 200 }, { train: 150, test: 30 });

export const transferSettings = (
  lab: Lab,
): ComparisonSettings & { readonly limits: Readonly<Record<Side, number>>; readonly maxLength: number } => ({
  counts: lab.size([20, 50, 100, 200, 500, 1000, 2000], [20, 50]),
  steps: lab.size([60, 60, 80, 80, 100, 120, 150], [3, 3]),
  seeds: lab.size(5, 2),
  learningRates: lab.size([5e-4, 1.5e-3, 4e-3], [1e-3, 3e-3]),
  tunedAt: lab.size([100], [50]),
  tuningSeeds: lab.size(2, 1),
  limits: lab.size({ train: 5000, validation: 300, test: 600 }, { train: 100, validation: 20, test: 30 }),
  maxLength: 48,
});
