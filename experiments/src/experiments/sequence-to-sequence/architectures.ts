import type { RecurrentArchitecture, TransformerArchitecture } from '../../sequences/architectures.ts';
import type { TaskName } from './tasks.ts';

/** The models that are compared, in the order of tables and figures. */
export const modelNames = [
  'rnn',
  'lstm',
  'gru',
  'rnn-additive',
  'lstm-additive',
  'gru-additive',
  'gru-dot',
  'gru-general',
  'transformer',
] as const;

export type ModelName = (typeof modelNames)[number];

/** Features of the recurrent models' embeddings. */
const EMBEDDING = 48;

const transformers: Readonly<Record<TaskName, TransformerArchitecture>> = {
  dates: transformer(64),
  reversal: transformer(48),
  'grammar-en-ko': transformer(64),
  'grammar-ko-en': transformer(64),
};

function transformer(width: number): TransformerArchitecture {
  return {
    kind: 'transformer',
    width,
    heads: 4,
    encoderLayers: 2,
    decoderLayers: 2,
    feedForward: 4 * width,
  };
}

const GATES = { rnn: 1, gru: 3, lstm: 4 } as const;

/** Parameters of a `Seq2Seq` of one layer. */
export function recurrentParameters(
  vocabSize: number,
  { cell, attention, embeddingDim, hiddenSize: h, bidirectional = false }: RecurrentArchitecture,
): number {
  const directions = bidirectional ? 2 : 1;
  const keys = directions * h;
  const gates = (input: number) => GATES[cell] * h * (input + h + 2);
  const scores = { additive: h * (h + 1) + h * (keys + 1) + h + 1, general: h * keys, dot: 0 };
  const bridges = bidirectional ? (cell === 'lstm' ? 2 : 1) * h * (keys + 1) : 0;
  const encoder = directions * gates(embeddingDim) + bridges;
  const decoder = gates(embeddingDim + (attention ? keys : 0)) + (attention ? scores[attention] : 0);
  return 2 * vocabSize * embeddingDim + encoder + decoder + vocabSize * (h + 1);
}

/** Parameters of a Marian with tied embeddings, positions and the bias of the logits left out: neither is trained. */
export function transformerParameters(
  vocabSize: number,
  { width: w, encoderLayers, decoderLayers, feedForward }: TransformerArchitecture,
): number {
  const attention = 4 * w * (w + 1);
  const norm = 2 * w;
  const network = 2 * w * feedForward + feedForward + w;
  const encoder = attention + network + 2 * norm;
  const decoder = 2 * attention + network + 3 * norm;
  return vocabSize * w + encoderLayers * encoder + decoderLayers * decoder;
}

/** A recurrent model whose number of parameters is the closest to `parameters`, by its hidden size, a multiple of 4. */
function recurrentOfSize(
  parameters: number,
  vocabSize: number,
  cell: RecurrentArchitecture['cell'],
  attention: RecurrentArchitecture['attention'],
  bidirectional: boolean,
): RecurrentArchitecture {
  let best: { architecture: RecurrentArchitecture; distance: number } | undefined;
  for (let hiddenSize = 4; hiddenSize <= 1024; hiddenSize += 4) {
    const architecture = {
      kind: 'recurrent',
      cell,
      attention,
      embeddingDim: EMBEDDING,
      hiddenSize,
      ...(bidirectional && { bidirectional }),
    } as const;
    const distance = Math.abs(recurrentParameters(vocabSize, architecture) - parameters);
    if (best && distance > best.distance) break;
    best = { architecture, distance };
  }
  return best!.architecture;
}

/** The architecture of a model on a task. All have about as many parameters as the task's transformer. */
export function architectureOf(
  model: ModelName,
  task: TaskName,
  vocabSize: number,
): RecurrentArchitecture | TransformerArchitecture {
  const transformer = transformers[task];
  if (model === 'transformer') return transformer;
  const [cell, attention] = model.split('-') as [
    RecurrentArchitecture['cell'],
    NonNullable<RecurrentArchitecture['attention']> | undefined,
  ];
  const parameters = transformerParameters(vocabSize, transformer);
  // Order changes so much from one language to the other that an encoder has to know what follows.
  const isBidirectional = task.startsWith('grammar');
  return recurrentOfSize(parameters, vocabSize, cell, attention ?? null, isBidirectional);
}
