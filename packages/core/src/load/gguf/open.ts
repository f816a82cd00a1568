import { loadTokenizer } from '../../text/load-tokenizer.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { GgufCheckpoint } from '../../weights/gguf/checkpoint.ts';
import { ggufConfig } from '../../weights/gguf/config.ts';
import { LONG_ROPE, withFamilyNames } from '../../weights/gguf/family-names.ts';
import { withAllParts } from '../../weights/gguf/split.ts';
import { isFamily, ROPE_FACTORS, withHuggingFaceNames } from '../../weights/gguf/tensor-names.ts';
import type { RepositoryFiles } from '../../weights/sources/repository.ts';
import type { SingleFileModel } from '../single-file-model.ts';
import { ggufTokenizerFiles } from './tokenizer.ts';

/**
 * Opens a model in GGUF, llama.cpp's format: Llama and what has its architecture (Mistral, Mixtral, TinyLlama, SmolLM), Qwen2, Qwen3, GPT-2, the
 * decoders of `GGUF_FAMILIES`, and the encoders BERT and NomicBERT.
 * Quantised weights are decoded when they are read, and kept as `dtype` says.
 *
 * Throws `FormatError` with the `GgufRule` that the file breaks, and `ConfigError` for what Headwise can't run.
 */
export async function openGguf(files: RepositoryFiles, name: string): Promise<SingleFileModel> {
  const first = await GgufCheckpoint.open(await files.openHeader(name), name);
  const file = await withAllParts(first, name, (part) => files.openHeader(part));
  const factors = file.names.includes(ROPE_FACTORS) ? toFloat32(await file.read(ROPE_FACTORS)) : undefined;
  const longRope = file.names.includes(LONG_ROPE.long)
    ? {
        short: toFloat32(await file.read(LONG_ROPE.short)),
        long: toFloat32(await file.read(LONG_ROPE.long)),
      }
    : undefined;
  const { architecture, configJson, pooling } = ggufConfig(file.header, factors, longRope);
  const contextLength = Number(configJson.max_position_embeddings ?? configJson.n_positions);
  const tokenizerFiles = ggufTokenizerFiles(file.header, contextLength);
  return {
    configJson,
    tokenizer: await loadTokenizer(tokenizerFiles),
    ...tokenizerFiles,
    checkpoint: isFamily(architecture)
      ? withFamilyNames(file, architecture, configJson)
      : withHuggingFaceNames(file, architecture),
    ...(pooling && { pooling }),
    finish: () => files.finish(),
  };
}
