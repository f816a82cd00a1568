import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import {
  AdditiveAttention,
  ConcatAttention,
  Conv1d,
  type Conv1dOptions,
  DotAttention,
  Embedding,
  FeedForward,
  GELU,
  GeneralAttention,
  LayerNorm,
  LearnedPositionalEmbedding,
  Linear,
  Module,
  RMSNorm,
  ScaledDotProductAttention,
  Seq2Seq,
  type Seq2SeqOptions,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
  type Tensor,
  Transformer,
} from '../../src/nn.ts';
import { AdamW, crossEntropy, RecordingBackend } from '../../src/train.ts';
import {
  backendNames,
  difference,
  fixtureCases,
  floats,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';
import { expectGradients } from '../helpers/module-gradients.ts';

/** Pseudorandom values by seed. */
const values = (seed: number, ...shape: number[]) => ({
  shape,
  data: randomValues(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ),
});

const x = values(1, 2, 3, 4);
/** x of `[2, 3, 4]` through a module. */
const unary = (
  module: Module & { forward(x: Tensor): Tensor },
  backend: { tensor: RecordingBackend['tensor'] },
) => module.forward(backend.tensor(x.data, x.shape));

describe('gradients of modules agree with central differences and on all backends', () => {
  it.each([
    ['Linear', () => new Linear(4, 5)],
    ['Linear without bias', () => new Linear(4, 5, { bias: false })],
    ['LayerNorm', () => new Sequential(new Linear(4, 4), new LayerNorm(4))],
    ['RMSNorm', () => new Sequential(new Linear(4, 4), new RMSNorm(4))],
    ['FeedForward', () => new FeedForward(4, 6, { activation: 'gelu' })],
    ['gated FeedForward', () => new FeedForward(4, 6, { gated: true })],
    ['gated FeedForward with biases', () => new FeedForward(4, 6, { gated: true, bias: true })],
    [
      'LearnedPositionalEmbedding',
      () => new LearnedPositionalEmbedding({ numEmbeddings: 5, embeddingDim: 4 }),
    ],
    [
      'Sequential with activations',
      () =>
        new Sequential(
          new Linear(4, 6),
          new Tanh(),
          new Linear(6, 6),
          new GELU({ approximate: 'tanh' }),
          new Linear(6, 6),
          new SiLU(),
          new Linear(6, 5),
          new Sigmoid(),
          new Linear(5, 3),
          new Softmax(),
        ),
    ],
  ] as const)('%s', async (_, create) => {
    await expectGradients<Module & { forward(x: Tensor): Tensor }>(create, unary);
  });

  it('Embedding, with repeated ids', async () => {
    await expectGradients(
      () => new Embedding(6, 3),
      (module) => module.forward([1, 4, 1, 0]),
    );
  });

  it.each([
    [{}],
    [{ stride: 2, padding: 2 }],
    [{ padding: 'same', dilation: 2 }],
    [{ groups: 2, bias: false, padding: 1 }],
  ] as const)('Conv1d, %o', async (options: Conv1dOptions) => {
    const input = values(2, 2, 4, 7);
    await expectGradients(
      () => new Conv1d(4, 6, 3, options),
      (module, backend) => module.forward(backend.tensor(input.data, input.shape)),
    );
  });

  it.each([
    ['additive', AdditiveAttention],
    ['concat', ConcatAttention],
    ['general', GeneralAttention],
    ['dot', DotAttention],
    ['scaled dot', ScaledDotProductAttention],
  ] as const)('%s attention', async (_, Attention) => {
    class Layer extends Module {
      query = new Linear(4, 3);
      attention = new Attention({ queryDim: 3 } as never);

      forward(input: Tensor): Tensor {
        const query = this.query.forward(input);
        return this.attention.forward(query, query).context;
      }
    }
    await expectGradients(() => new Layer(), unary);
  });

  it('Transformer', async () => {
    const [src, tgt] = [values(3, 2, 3, 4), values(4, 2, 2, 4)];
    const sizes = { dModel: 4, nhead: 2, dimFeedforward: 5, numEncoderLayers: 2, numDecoderLayers: 1 };
    await expectGradients(
      () => new Transformer({ ...sizes, activation: 'gelu' }),
      (module, backend) =>
        module.forward(backend.tensor(src.data, src.shape), backend.tensor(tgt.data, tgt.shape), {
          tgtIsCausal: true,
        }),
    );
  });

  const sources = [
    [3, 4, 5, 2],
    [6, 2],
    [3, 5, 2],
  ];
  const targets = [
    [4, 2],
    [5, 6, 4, 2],
    [3, 3, 2],
  ];
  const sizes = {
    sourceVocabSize: 7,
    targetVocabSize: 7,
    embeddingDim: 3,
    hiddenSize: 4,
    bosTokenId: 1,
    eosTokenId: 2,
  };
  it.each([
    ['without attention', { cell: 'gru', numLayers: 2 }],
    ['with additive attention', { cell: 'lstm', attention: 'additive', bidirectional: true }],
    ['with concat attention', { cell: 'gru', attention: 'concat' }],
    ['with general attention', { cell: 'rnn', attention: 'general', bidirectional: true }],
    ['with dot attention', { cell: 'lstm', attention: 'dot', numLayers: 2 }],
    ['with scaled dot attention', { cell: 'gru', attention: 'scaledDot' }],
  ] as const)('Seq2Seq %s', async (_, options) => {
    await expectGradients(
      () => new Seq2Seq({ ...sizes, ...options }),
      (module) => module.logits(sources, targets),
    );
  });
});

interface Seq2SeqCase {
  readonly name: string;
  readonly options: Seq2SeqOptions;
  readonly state: Record<string, StoredArray>;
  readonly sources: number[][];
  readonly targets: number[][];
  readonly forced: readonly { readonly logits: StoredArray }[];
}

describe.each(backendNames)('Seq2Seq.logits on %s', (name) => {
  it.each(fixtureCases<Seq2SeqCase>('seq2seq').map((one) => [one.name, one] as const))(
    'are those of PyTorch, target after target: %s',
    async (_, one) => {
      const backend = await createBackend(name);
      const model = await Seq2Seq.load(backend, stateDict(one.state), one.options);
      const close = backend.openScope();
      const logits = backend.read(model.logits(one.sources, one.targets));
      close();
      const expected = one.forced.flatMap((forced) => [...floats(forced.logits).data]);
      expect(difference(logits, expected)).toBeLessThanOrEqual(1e-5);
      model.dispose();
    },
  );
});

describe('training', () => {
  it('a Seq2Seq with attention learns to reverse', async () => {
    const recording = await RecordingBackend.create(await createBackend());
    const sizes = { sourceVocabSize: 8, targetVocabSize: 8, embeddingDim: 12, hiddenSize: 24 };
    const model = await new Seq2Seq({
      ...sizes,
      cell: 'lstm',
      attention: 'additive',
      bosTokenId: 0,
      eosTokenId: 1,
    }).to(recording, { seed: 2 });
    const sources = [
      [2, 3, 4, 5],
      [6, 7, 2],
      [5, 4],
      [7, 6, 5, 4, 3],
      [3, 2, 7],
      [4, 6, 2, 3],
    ];
    const targets = sources.map((source) => [...source.toReversed(), 1]);
    const optimizer = new AdamW(model.parameters(), { learningRate: 0.02 });
    let loss = 9;
    for (let step = 0; step < 150 && loss > 0.02; step++) {
      model.parameters().zeroGradients();
      loss = recording.record((tape) => {
        const mean = crossEntropy(recording, model.logits(sources, targets), Int32Array.from(targets.flat()));
        tape.backward(mean);
        return recording.read(mean)[0]!;
      });
      optimizer.step();
    }
    expect(loss).toBeLessThan(0.05);
    const decoded = model.generate(sources, { maxLength: 10 });
    expect(decoded.map(({ ids }) => [...ids])).toEqual(sources.map((source) => source.toReversed()));
  });
});
