import { type Backend, type Checkpoint, HeadwiseError } from '@headwise/core';
import {
  type Decoder,
  type DecoderCache,
  decoderFromCheckpoint,
  type Encoder,
  encoderFromCheckpoint,
  seq2SeqFromCheckpoint,
  speechFromCheckpoint,
  type WeightPlan,
} from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import type { ModelPlan, SessionMessage } from '../protocol.ts';

/** A shard's weights, and its part of the key-value caches of open sessions. */
export class ShardModel {
  readonly backend: Backend;
  readonly #model: { encoder: Encoder } | { decoder: Decoder };
  readonly #sessions = new Map<number, DecoderCache>();

  private constructor(backend: Backend, model: { encoder: Encoder } | { decoder: Decoder }) {
    this.backend = backend;
    this.#model = model;
  }

  static async load(
    { kind, config }: ModelPlan,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<ShardModel> {
    switch (kind) {
      case 'encoder':
        return new ShardModel(backend, {
          encoder: await encoderFromCheckpoint(config, checkpoint, backend, plan),
        });
      case 'decoder':
        return new ShardModel(backend, {
          decoder: await decoderFromCheckpoint(config, checkpoint, backend, plan),
        });
      case 'seq2seq':
        return new ShardModel(backend, {
          decoder:
            config.modelType === 'whisper' || config.modelType === 'moonshine'
              ? await speechFromCheckpoint(config, checkpoint, backend, plan)
              : await seq2SeqFromCheckpoint(config, checkpoint, backend, plan),
        });
    }
  }

  get encoder(): Encoder {
    if ('encoder' in this.#model) return this.#model.encoder;
    throw new HeadwiseError('ERR_WORKER', 'worker: expected an encoder, got a decoder');
  }

  get decoder(): Decoder {
    if ('decoder' in this.#model) return this.#model.decoder;
    throw new HeadwiseError('ERR_WORKER', 'worker: expected a decoder, got an encoder');
  }

  openSession({ session, slots, capacity }: SessionMessage): void {
    this.closeSession(session);
    this.#sessions.set(session, this.decoder.openCache(this.backend, slots, capacity));
  }

  cache(session: number): DecoderCache {
    const cache = this.#sessions.get(session);
    if (!cache) throw new WorkerError('invalid-message', `session ${session} is not open`);
    return cache;
  }

  closeSession(session: number): void {
    this.#sessions.get(session)?.release();
    this.#sessions.delete(session);
  }

  dispose(): void {
    for (const session of [...this.#sessions.keys()]) this.closeSession(session);
    if ('encoder' in this.#model) this.#model.encoder.dispose();
    else this.#model.decoder.dispose();
  }
}
