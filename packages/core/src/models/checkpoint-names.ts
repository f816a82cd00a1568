import type { OutputHeadOptions } from '../nn/output-head.ts';
import type { Checkpoint } from '../weights/types.ts';
import type { BlockNames, EncoderLayout } from './encoder-stack.ts';

/**
 * A checkpoint under today's names. Checkpoints converted from TensorFlow, bert-base-uncased among them, call a layer norm's weight
 * and bias `gamma` and `beta`; errors about them still use the checkpoint's own names.
 */
export function withCurrentNames(checkpoint: Checkpoint): Checkpoint {
  const original = new Map<string, string>();
  for (const name of checkpoint.names) {
    const current = name
      .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
      .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
    original.set(current, name);
  }
  // A checkpoint with both spellings of a name is not renamed: one of them would be lost.
  if (original.size !== checkpoint.names.length) return checkpoint;
  const nameOf = (name: string) => original.get(name) ?? name;
  return {
    names: [...original.keys()],
    info: (name) => checkpoint.info(nameOf(name)),
    read: (name, slice) => checkpoint.read(nameOf(name), slice),
  };
}

/** `prefix` if the checkpoint's names carry it: checkpoints of a bare encoder leave it out, those with heads have it. */
export function prefixOf(checkpoint: Checkpoint, prefix: string): string {
  return checkpoint.names.some((name) => name.startsWith(prefix)) ? prefix : '';
}

/** The first of several names of one tensor that the checkpoint has; the first of all if it has none. */
export function firstPresent(checkpoint: Checkpoint, names: readonly string[]): string {
  return names.find((name) => checkpoint.names.includes(name)) ?? names[0]!;
}

/** The names of a block as BERT, RoBERTa and ELECTRA spell them. */
export function bertBlock(layer: string): BlockNames {
  return {
    query: `${layer}.attention.self.query`,
    key: `${layer}.attention.self.key`,
    value: `${layer}.attention.self.value`,
    output: `${layer}.attention.output.dense`,
    attentionNorm: `${layer}.attention.output.LayerNorm`,
    up: `${layer}.intermediate.dense`,
    down: `${layer}.output.dense`,
    outputNorm: `${layer}.output.LayerNorm`,
  };
}

/** The names of the embeddings as BERT, RoBERTa and ELECTRA spell them. */
export function bertEmbeddings(prefix: string): EncoderLayout['embeddings'] & { types: string } {
  return {
    words: `${prefix}embeddings.word_embeddings.weight`,
    positions: `${prefix}embeddings.position_embeddings.weight`,
    types: `${prefix}embeddings.token_type_embeddings.weight`,
    norm: `${prefix}embeddings.LayerNorm`,
  };
}

/** Whether the checkpoint holds a tensor. */
export type HasTensor = (name: string) => boolean;

/** A head's last layer. */
export function lastLayer(name: string, features: number): OutputHeadOptions['output'] {
  return { weight: `${name}.weight`, bias: `${name}.bias`, features };
}

/**
 * A masked language model's last layer, `<head>.decoder`: with a weight of its own if the checkpoint has one, else with the word
 * embeddings for a weight (tied). Its bias lies beside it in some checkpoints and within it in others.
 */
export function tiedDecoder(
  has: HasTensor,
  prefix: string,
  head: string,
  features: number,
): OutputHeadOptions['output'] {
  const own = `${head}.decoder.weight`;
  const within = `${head}.decoder.bias`;
  const beside = `${head}.bias`;
  return {
    weight: has(own) ? own : bertEmbeddings(prefix).words,
    bias: !has(beside) && has(within) ? within : beside,
    features,
  };
}
