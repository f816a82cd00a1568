import {
  type AnyModel,
  type CausalLM,
  type EncoderModel,
  type Generation,
  loadCausalLM,
  loadEncoder,
  loadModel,
  loadRecurrentSeq2Seq,
  loadSeq2SeqLM,
  type RecurrentSeq2Seq,
  type Seq2SeqLM,
} from '@headwise/core';
import { LSTM, MultiHeadAttention } from '@headwise/core/nn';
import * as worker from '@headwise/worker';
import { describe, expectTypeOf, test } from 'vitest';

describe('loaders', () => {
  test('return the model of their kind', () => {
    expectTypeOf(loadEncoder).returns.resolves.toEqualTypeOf<EncoderModel>();
    expectTypeOf(loadCausalLM).returns.resolves.toEqualTypeOf<CausalLM>();
    expectTypeOf(loadSeq2SeqLM).returns.resolves.toEqualTypeOf<Seq2SeqLM>();
    expectTypeOf(loadRecurrentSeq2Seq).returns.resolves.toEqualTypeOf<RecurrentSeq2Seq>();
    expectTypeOf(loadModel).returns.resolves.toEqualTypeOf<AnyModel>();
  });

  test('of workers return the same models', () => {
    expectTypeOf(worker.loadEncoder).returns.resolves.toEqualTypeOf<EncoderModel>();
    expectTypeOf(worker.loadCausalLM).returns.resolves.toEqualTypeOf<CausalLM>();
    expectTypeOf(worker.loadSeq2SeqLM).returns.resolves.toEqualTypeOf<Seq2SeqLM>();
    expectTypeOf(worker.loadModel).returns.resolves.toEqualTypeOf<AnyModel>();
  });

  test('take dtype by our names and by those of transformers.js', () => {
    type Dtype = NonNullable<NonNullable<Parameters<typeof loadEncoder>[1]>['dtype']>;
    expectTypeOf<Dtype>().toEqualTypeOf<'auto' | 'f32' | 'f16' | 'q8' | 'q4' | 'fp32' | 'fp16'>();
  });
});

test('the kind of a model tells its type', () => {
  const model = {} as AnyModel;
  if (model.kind === 'encoder') expectTypeOf(model).toEqualTypeOf<EncoderModel>();
  else if (model.kind === 'causalLM') expectTypeOf(model).toEqualTypeOf<CausalLM>();
  else if (model.kind === 'seq2seqLM') expectTypeOf(model).toEqualTypeOf<Seq2SeqLM>();
  else expectTypeOf(model).toEqualTypeOf<RecurrentSeq2Seq>();
});

test('encoder–decoders of both kinds translate alike', () => {
  interface Translator {
    generate(source: string, options: { alignments: boolean; maxNewTokens: number }): Promise<Generation>;
  }
  expectTypeOf<Seq2SeqLM | RecurrentSeq2Seq>().toExtend<Translator>();
});

test('one text gives one result, several give a list', () => {
  const encoder = {} as EncoderModel;
  expectTypeOf(encoder.embed('text')).resolves.toEqualTypeOf<Float32Array>();
  expectTypeOf(encoder.embed(['text'])).resolves.toEqualTypeOf<Float32Array[]>();
  const decoder = {} as CausalLM;
  expectTypeOf(decoder.generate('text')).resolves.toEqualTypeOf<Generation>();
  expectTypeOf(decoder.generate(['text'])).resolves.toEqualTypeOf<Generation[]>();
});

test('layers are loaded with a state dict of arrays by name', () => {
  expectTypeOf(MultiHeadAttention.load)
    .parameter(1)
    .extract<Readonly<Record<string, unknown>>>()
    .not.toBeNever();
  expectTypeOf(LSTM.load).returns.resolves.toEqualTypeOf<LSTM>();
});
