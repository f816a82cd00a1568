import type { ModelSource } from '@headwise/core';
import {
  cancelOnFailure,
  checkOptions,
  OPEN_SPEECH_OPTIONS,
  type OpenSpeechOptions,
  openSpeech,
} from '@headwise/core/internal';
import { SpeechModel } from '@headwise/core/speech';
import { ShardedDecoderEngine } from '../coordinator/sharded-decoder.ts';
import { readWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './options.ts';

/** Options of {@link loadSpeech}. */
export interface ParallelSpeechOptions extends OpenSpeechOptions, WorkerOptions {}

/**
 * Loads a Whisper or a Moonshine into workers, as `loadSpeech` of `@headwise/core/speech` does into this thread: each worker holds the weights of its attention heads, its
 * feed-forward units, its channels of the convolutions and its rows of the vocabulary. The model has the interface of core's.
 *
 * Rejects as core's `loadSpeech` does, and with `WorkerError` when a worker cannot be started.
 */
export async function loadSpeech(
  source: ModelSource,
  options: ParallelSpeechOptions = {},
): Promise<SpeechModel> {
  checkOptions('loadSpeech', options, OPEN_SPEECH_OPTIONS, WORKER_OPTIONS);
  return cancelOnFailure(options, async (options) => {
    const shardsOptionsFor = readWorkerOptions('loadSpeech', options);
    const { config, kind, tokenizer, checkpoint, finish } = await openSpeech(source, options);
    const shardsOptions = shardsOptionsFor(config.decoder.numAttentionHeads, { config, checkpoint });
    const plan = { kind: 'seq2seq', config } as const;
    const engine = await ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
    finish();
    return new SpeechModel(kind, tokenizer, engine);
  });
}
