import type { Backend } from '@headwise/core';
import { WHOLE } from '@headwise/core/internal';
import { Linear, type Module, ReLU, Seq2Seq, Sequential, type Tensor } from '@headwise/core/nn';
import {
  Adam,
  AdamW,
  crossEntropy,
  type Optimizer,
  openTrainable,
  type ParameterSet,
  RecordingBackend,
  SGD,
} from '@headwise/core/train';
import {
  beginToken,
  type GptWork,
  type MlpWork,
  type Seq2SeqWork,
  type TrainWork,
  trainOptimizers,
} from '../../cases/train.ts';
import type { Prepared } from '../engine.ts';
import { preparedTraining } from './check.ts';

/** A model on a backend that records. */
interface Model {
  readonly backend: RecordingBackend;
  readonly parameters: ParameterSet;
  /** The logits of the work's rows, to be called in a recording. */
  logits(): Tensor;
  dispose(): void;
}

/** Prepares a training on a backend of Headwise. */
export async function prepareOwnTraining(wrapped: Backend, work: TrainWork): Promise<Prepared> {
  const { backend, parameters, logits, dispose } = await openModel(wrapped, work);
  const optimizer = work.pass === 'step' ? optimizerOf(work, parameters) : undefined;
  const run = () => {
    parameters.zeroGradients();
    const loss = backend.record((tape) => {
      const mean = crossEntropy(backend, logits(), work.labels);
      if (work.pass !== 'forward') tape.backward(mean);
      return backend.read(mean)[0]!;
    });
    optimizer?.step();
    return loss;
  };
  return preparedTraining(work, {
    run,
    gradient: (name) => parameters.get(name).gradient.slice(),
    dispose() {
      optimizer?.dispose();
      dispose();
    },
  });
}

function optimizerOf(work: TrainWork, parameters: ParameterSet): Optimizer {
  const options = trainOptimizers[work.model];
  if (work.model === 'mlp') return new SGD(parameters, options);
  return work.model === 'gpt' ? new AdamW(parameters, options) : new Adam(parameters, options);
}

function openModel(wrapped: Backend, work: TrainWork): Promise<Model> {
  if (work.model === 'mlp') return openMlp(wrapped, work);
  return work.model === 'gpt' ? openGpt(wrapped, work) : openSeq2Seq(wrapped, work);
}

async function openMlp(wrapped: Backend, work: MlpWork): Promise<Model> {
  const { sizes, x, labels } = work;
  const layers = sizes.slice(1).flatMap((to, i) => {
    const linear = new Linear(sizes[i]!, to);
    return i === 0 ? [linear] : [new ReLU(), linear];
  });
  const model = new Sequential(...layers);
  const { backend, parameters } = await place(wrapped, model, work);
  const logits = () => model.forward(backend.tensor(x, [labels.length, sizes[0]!]));
  return { backend, parameters, logits, dispose: () => model.dispose() };
}

async function openGpt(wrapped: Backend, { config, weights, ids, batch: texts }: GptWork): Promise<Model> {
  const trainable = await openTrainable(wrapped, config, weights);
  if (trainable.kind !== 'causalLM') throw new Error(`train: the model is of the kind ${trainable.kind}`);
  const { model, parameters, backend } = trainable;
  const length = ids.length / texts;
  const offsets = Int32Array.from({ length: texts + 1 }, (_, i) => i * length);
  const batch = {
    ids,
    offsets,
    slots: Int32Array.from(offsets.keys()).slice(0, texts),
    starts: new Int32Array(texts),
  };
  const rows = Int32Array.from(ids.keys());
  const logits = () => {
    const cache = model.openCache(backend, texts, length);
    // Without hooks, and with all weights on one backend, a forward pass does not yield.
    const { value } = model.forward({ backend, shard: WHOLE, offsets }, batch, cache, rows).next();
    cache.release();
    return value as Tensor;
  };
  const dispose = () => {
    model.dispose();
    trainable.dispose();
  };
  return { backend, parameters, logits, dispose };
}

async function openSeq2Seq(wrapped: Backend, work: Seq2SeqWork): Promise<Model> {
  const { vocab, hidden, batch, sources, labels } = work;
  const model = new Seq2Seq({
    sourceVocabSize: vocab,
    targetVocabSize: vocab,
    embeddingDim: hidden,
    hiddenSize: hidden,
    cell: 'lstm',
    attention: 'dot',
    bosTokenId: beginToken,
    eosTokenId: 1,
  });
  const { backend, parameters } = await place(wrapped, model, work);
  const split = (ids: Int32Array) => {
    const length = ids.length / batch;
    return Array.from({ length: batch }, (_, i) => ids.subarray(i * length, (i + 1) * length));
  };
  const logits = () => model.logits(split(sources), split(labels));
  return { backend, parameters, logits, dispose: () => model.dispose() };
}

async function place(wrapped: Backend, model: Module, { weights }: TrainWork) {
  const backend = await RecordingBackend.create(wrapped);
  await model.loadStateDict(weights);
  await model.to(backend);
  return { backend, parameters: model.parameters() as ParameterSet };
}
