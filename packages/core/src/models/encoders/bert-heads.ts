import type { ActivationName } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { commonHead, outputLayer } from './bert-family.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The names of the layers of BERT's heads, where they differ between architectures. */
export interface BertHeadNames {
  /** The dense layer of the pooler, which the sequence classifier reads. */
  readonly pooler: string;
  /** Its activation function. Default `tanh`. */
  readonly poolerActivation?: ActivationName;
  /** The head of the masked language model; undefined if the architecture has none. */
  readonly maskedLM: {
    readonly dense: string;
    readonly denseBias?: boolean;
    /** Outputs of the dense layer, and inputs of the output layer. Default hiddenSize. */
    readonly features?: number;
    readonly norm: string;
    readonly output: TaskHeadOptions['output'];
  };
}

/** BERT's heads: masked language model, sequence classification over the pooler, token classification and question answering. */
export function bertHead(
  sizes: EncoderSizes,
  { pooler, poolerActivation = 'tanh', maskedLM }: BertHeadNames,
  kind: TaskHeadKind,
): TaskHeadOptions | undefined {
  const { hiddenSize, hiddenAct, layerNormEps, labels } = sizes;
  switch (kind) {
    case 'maskedLM': {
      const { dense: name, denseBias: bias = true, features = hiddenSize, norm, output } = maskedLM;
      const dense = {
        name,
        bias,
        features,
        activation: hiddenAct,
        norm: { name: norm, epsilon: layerNormEps },
      };
      return { over: 'tokens', hiddenSize, dense, output };
    }
    case 'sequenceClassification': {
      const dense = { name: pooler, features: hiddenSize, activation: poolerActivation };
      return { over: 'sequences', hiddenSize, dense, output: outputLayer('classifier', labels.length) };
    }
    default:
      return commonHead(sizes, kind);
  }
}
