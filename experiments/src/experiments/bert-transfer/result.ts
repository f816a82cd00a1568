import type { TransferResult } from './compare.ts';
import type { PreTrainingResult } from './pretraining.ts';
import type { SenseResult } from './senses.ts';

export interface BertTransferResult {
  readonly vocabSize: number;
  readonly preTraining: PreTrainingResult;
  readonly transfer: readonly TransferResult[];
  readonly senses: { readonly preTrained: SenseResult; readonly untrained: SenseResult };
}
