import { loadWeights } from '../load/load-weights.ts';
import { speechFromCheckpoint } from '../models/seq2seq/speech.ts';
import type { SpeechFiles } from '../speech/open-speech.ts';
import { filesOf, jsonFile, type OpenedModel } from './opened-files.ts';

/** A model of speech whose files are open. */
export function openedSpeech(speech: SpeechFiles): OpenedModel {
  const { origin } = speech;
  return {
    configJson: speech.configJson as Readonly<Record<string, unknown>>,
    async load({ adapter, ...options }) {
      const checkpoint = adapter?.mergeInto(speech.checkpoint) ?? speech.checkpoint;
      const { network, dtype } = await loadWeights(
        'saveModel',
        options,
        async () => ({ ...speech, checkpoint }),
        (files, backend, plan) => speechFromCheckpoint(files.config, files.checkpoint, backend, plan),
      );
      return { dtype, dispose: async () => network.dispose() };
    },
    async *otherFiles(keepsWeights) {
      if ('files' in origin) yield* filesOf(origin.files, keepsWeights);
      else yield jsonFile('tokenizer.json', origin.tokenizerJson);
    },
  };
}
