import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import { COMPUTE_OPTIONS, type ComputeOptions, loadWeights } from '../load/load-weights.ts';
import { startLoading } from '../load/start-loading.ts';
import { speechFromCheckpoint } from '../models/seq2seq/speech.ts';
import { checkOptions } from '../options.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { OPEN_SPEECH_OPTIONS, type OpenSpeechOptions, openSpeech } from './open-speech.ts';
import { SpeechModel } from './speech-model.ts';

/** Options of {@link loadSpeech}. */
export interface LoadSpeechOptions extends OpenSpeechOptions, ComputeOptions {}

/**
 * Loads a Whisper or a Moonshine from a directory, a URL, a hub or files in memory: config.json, tokenizer.json, safetensors under Hugging Face's names,
 * and the optional generation_config.json. Or a Whisper from a file of whisper.cpp without quantisation (`./ggml-tiny.bin`), which has all of them.
 *
 * ```ts
 * const model = await loadSpeech('openai/whisper-tiny');
 * const { text } = await model.transcribe(await (await fetch('talk.wav')).arrayBuffer());
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` for what Headwise does not support, and
 * with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadSpeech(source: ModelSource, options: LoadSpeechOptions = {}): Promise<SpeechModel> {
  checkOptions('loadSpeech', options, OPEN_SPEECH_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadSpeech', options, async (options) => {
    const { files, backend, network, dtype } = await loadWeights(
      'loadSpeech',
      options,
      () => openSpeech(source, options),
      ({ config, checkpoint }, backend, plan) => speechFromCheckpoint(config, checkpoint, backend, plan),
    );
    return new SpeechModel(files.kind, files.tokenizer, new LocalDecoderEngine(backend, network, dtype));
  });
}
