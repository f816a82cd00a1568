import { HeadwiseError, loadCausalLM, loadEncoder } from '@headwise/core';
import * as gguf from '@headwise/core/gguf';
import * as internal from '@headwise/core/internal';
import * as llama2c from '@headwise/core/llama2c';
import * as metrics from '@headwise/core/metrics';
import * as nn from '@headwise/core/nn';
import * as pipeline from '@headwise/core/pipeline';
import * as save from '@headwise/core/save';
import * as train from '@headwise/core/train';
import { loadKernel } from '@headwise/kernel';
import * as ktrain from '@headwise/kernel/training';
import { loadEncoder as parallel } from '@headwise/worker';
import * as shard from '@headwise/worker/shard';
import * as wtrain from '@headwise/worker/train';

export {
  gguf,
  HeadwiseError,
  internal,
  ktrain,
  llama2c,
  loadKernel,
  metrics,
  nn,
  parallel,
  pipeline,
  save,
  shard,
  train,
  wtrain,
};
export async function f(): Promise<number> {
  const model = await loadEncoder('a/b');
  const vectors: Float32Array[] = await model.embed(['x']);
  const lm = await loadCausalLM('a/b');
  const g = await lm.generate('a');
  return vectors.length + g.ids.length;
}
