import { FormatError, LoadError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { checkOptions } from '../../options.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { SafetensorsCheckpoint } from '../../weights/safetensors/checkpoint.ts';
import { writeSafetensors } from '../../weights/safetensors/write.ts';
import {
  type ModelSource,
  repositoryFiles,
  SOURCE_OPTIONS,
  type SourceOptions,
} from '../../weights/sources/resolve.ts';
import type { Checkpoint, TensorData, WeightAdapter } from '../../weights/types.ts';
import { adapterConfigJson, checkLoraConfig, type LoraConfig, parseAdapterConfig } from './config.ts';
import type { AdapterContents, AdapterRule, LowRankFactors } from './low-rank.ts';
import { mergedCheckpoint, replacedCheckpoint } from './merge.ts';
import { rankOf, scaleOf } from './targets.ts';

/** Names of PEFT's files. */
export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** What PEFT puts before the names of a model's tensors. */
const PREFIX = 'base_model.model.';

/** A low-rank adapter in memory, as PEFT stores it. Created by {@link loadAdapter} or by `Lora.adapter`. */
export class LoraAdapter implements AdapterContents, WeightAdapter {
  readonly config: LoraConfig;
  /** By the layer's name in the model that the adapter was trained with. */
  readonly layers: ReadonlyMap<string, LowRankFactors>;
  /** Tensors that replace those of the model: modules to save and biases. */
  readonly replaced: ReadonlyMap<string, FloatArray>;

  /** Throws `FormatError` with an {@link AdapterRule} for factors whose shapes do not fit each other or the configuration. */
  constructor(
    config: LoraConfig,
    factors: ReadonlyMap<string, { readonly a: FloatArray; readonly b: FloatArray; isEmbedding?: boolean }>,
    replaced: ReadonlyMap<string, FloatArray> = new Map(),
  ) {
    checkLoraConfig('adapter', config);
    if (factors.size === 0) throw new FormatError<AdapterRule>('adapter-empty', 'adapter: it has no layers');
    const layers = new Map<string, LowRankFactors>();
    for (const [name, { a, b, isEmbedding = false }] of factors) {
      const rank = rankOf(config, name);
      if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[0] !== rank || b.shape[1] !== rank) {
        throw new FormatError<AdapterRule>(
          'adapter-rank',
          `adapter: ${name} must have A [${rank}, in] and B [out, ${rank}] by the configuration, got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
        );
      }
      layers.set(name, { a, b, scale: scaleOf(config, name), isEmbedding });
    }
    this.config = config;
    this.layers = layers;
    this.replaced = replaced;
  }

  /**
   * A view of a checkpoint whose weights are W + s · B · A, in f32: what all loaders take, and what can be written to a file. Names may differ
   * from those of the adapter by the prefix of the base model (`bert.`, `transformer.`, …), as in Hugging Face Transformers.
   *
   * Throws `FormatError` with an {@link AdapterRule} for layers that the checkpoint does not have, or whose weight has another shape.
   */
  mergeInto(checkpoint: Checkpoint): Checkpoint {
    return mergedCheckpoint(this, checkpoint);
  }

  /** The checkpoint with the modules to save and biases, without A and B. @internal */
  replaceIn(checkpoint: Checkpoint): Checkpoint {
    return replacedCheckpoint(this, checkpoint);
  }

  /** PEFT's files: adapter_config.json and adapter_model.safetensors in f32. */
  files(): { readonly [ADAPTER_CONFIG]: string; readonly [ADAPTER_WEIGHTS]: Uint8Array<ArrayBuffer> } {
    const tensors = new Map<string, TensorData>();
    for (const [name, { a, b, isEmbedding }] of this.layers) {
      const [before, after] = isEmbedding ? ['lora_embedding_', ''] : ['lora_', '.weight'];
      tensors.set(`${PREFIX}${name}.${before}A${after}`, tensorOf(a));
      tensors.set(`${PREFIX}${name}.${before}B${after}`, tensorOf(b));
    }
    for (const [name, values] of this.replaced) {
      const [layer, kind] = splitName(name);
      // PEFT's adapted layers hold the original layer under this name.
      const stored = this.layers.has(layer) ? `${layer}.base_layer.${kind}` : name;
      tensors.set(`${PREFIX}${stored}`, tensorOf(values));
    }
    return {
      [ADAPTER_CONFIG]: adapterConfigJson(this.config),
      [ADAPTER_WEIGHTS]: writeSafetensors(tensors, [['format', 'pt']]),
    };
  }
}

/**
 * Reads the adapter files of PEFT from a directory, a URL, a hub or memory: adapter_config.json and adapter_model.safetensors, in any float
 * type.
 *
 * ```ts
 * const adapter = await loadAdapter('./my-adapter');
 * const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2', { adapter });
 * ```
 *
 * Rejects with `LoadError` for missing files, with `ConfigError` for a configuration of another method or with unsupported values, and with
 * `FormatError` for broken files; its rule is one of {@link AdapterRule} or of the safetensors format.
 */
export async function loadAdapter(source: ModelSource, options: SourceOptions = {}): Promise<LoraAdapter> {
  checkOptions('loadAdapter', options, SOURCE_OPTIONS);
  const files = repositoryFiles(source, options);
  files.expect([ADAPTER_CONFIG, ADAPTER_WEIGHTS]);
  const config = parseAdapterConfig(await files.json(ADAPTER_CONFIG));
  const weights = await files.open(ADAPTER_WEIGHTS).catch(async (error: unknown) => {
    const isMissing = error instanceof LoadError && error.reason === 'not-found';
    if (!isMissing || !(await files.has('adapter_model.bin'))) throw error;
    throw new LoadError(
      'not-found',
      `${files.location} has adapter_model.bin, a pickle; save the adapter as ${ADAPTER_WEIGHTS} (PEFT: safe_serialization=True)`,
      { file: ADAPTER_WEIGHTS, cause: error },
    );
  });
  const checkpoint = await SafetensorsCheckpoint.open(weights, ADAPTER_WEIGHTS);
  const adapter = await readAdapter(config, checkpoint);
  files.finish();
  return adapter;
}

async function readAdapter(config: LoraConfig, checkpoint: Checkpoint): Promise<LoraAdapter> {
  const halves = new Map<string, { a?: FloatArray; b?: FloatArray; isEmbedding: boolean }>();
  const replaced = new Map<string, FloatArray>();
  for (const stored of checkpoint.names) {
    const { shape } = checkpoint.info(stored);
    const values = { shape, data: toFloat32(await checkpoint.read(stored)) };
    const name = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
    const match =
      /^(.+)\.lora_([AB])\.weight$/.exec(name) ?? /^(.+)\.lora_embedding_([AB])$/.exec(name) ?? undefined;
    if (!match) {
      if (/(^|\.)lora_/.test(name)) {
        throw new FormatError<AdapterRule>(
          'adapter-unknown-tensor',
          `${ADAPTER_WEIGHTS}: ${stored} is not supported; expected lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B`,
        );
      }
      replaced.set(name.replace('.base_layer.', '.'), values);
      continue;
    }
    const [, layer, factor] = match;
    const half = halves.get(layer!) ?? { isEmbedding: name.includes('.lora_embedding_') };
    halves.set(layer!, { ...half, [factor === 'A' ? 'a' : 'b']: values });
  }
  const factors = new Map<string, { a: FloatArray; b: FloatArray; isEmbedding: boolean }>();
  for (const [layer, { a, b, isEmbedding }] of halves) {
    if (!a || !b) {
      throw new FormatError<AdapterRule>(
        'adapter-missing-pair',
        `${ADAPTER_WEIGHTS}: ${layer} has lora_${a ? 'A' : 'B'} but no lora_${a ? 'B' : 'A'}`,
      );
    }
    factors.set(layer, { a, b, isEmbedding });
  }
  return new LoraAdapter(config, factors, replaced);
}

function tensorOf({ shape, data }: FloatArray): TensorData {
  return { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The name of the layer, and `weight` or `bias`. */
function splitName(name: string): [layer: string, kind: string] {
  const at = name.lastIndexOf('.');
  return [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
}
