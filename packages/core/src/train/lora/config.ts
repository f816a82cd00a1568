import { ConfigError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/**
 * The configuration of low-rank adapters, with the names and defaults of PEFT's `LoraConfig`: the weight of each targeted linear layer
 * becomes W + s · B · A, with A `[r, inFeatures]`, B `[outFeatures, r]` and s = loraAlpha / r.
 *
 * Hu et al. 2021, https://arxiv.org/abs/2106.09685, §4.1. PEFT: https://github.com/huggingface/peft/blob/main/src/peft/tuners/lora/config.py
 */
export interface LoraConfig {
  /** Rank. Default 8. */
  readonly r?: number;
  /** Default 8. */
  readonly loraAlpha?: number;
  /** s = loraAlpha / √r (Kalajdzievski 2023, https://arxiv.org/abs/2312.03732). Default false. */
  readonly useRslora?: boolean;
  /**
   * The layers to adapt, by their names without `.weight`: a list of names or of their ends (`['query', 'value']`), a regular expression that
   * matches whole names, or `'all-linear'` for all linear layers but the output layer.
   */
  readonly targetModules: readonly string[] | string;
  /** Layers not to adapt: a list of names or of their ends, or a regular expression that matches whole names. */
  readonly excludeModules?: readonly string[] | string;
  /** Layers that are trained whole and saved with the adapter, such as `['classifier']`. They are not adapted. */
  readonly modulesToSave?: readonly string[];
  /** With a list of target modules: adapt only the layers of these numbers (the first number in a name). */
  readonly layersToTransform?: readonly number[] | number;
  /** What stands before the number that {@link layersToTransform} means, such as `'layer'`. Default: any name. */
  readonly layersPattern?: readonly string[] | string;
  /** Other ranks, by regular expressions that match the ends of names. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Other alphas, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /**
   * Probability with which a feature of the input of A is set to zero by `Trainer`. Layers that the model packs together (query, key, value) have
   * one mask. Default 0.
   */
  readonly loraDropout?: number;
  /** Biases to train as well: none, all of the model, or those of the adapted layers. Default `none`. */
  readonly bias?: 'none' | 'all' | 'lora_only';
  /**
   * `true`: A is uniform in ±1/√inFeatures and B zero (`kaiming_uniform_` with a = √5, as in the authors' code); `'gaussian'`: A is normal with
   * standard deviation 1/r and B zero; `false`: both are uniform, so that the adapted layer differs from the first step on. Default true.
   */
  readonly initLoraWeights?: boolean | 'gaussian';
  /**
   * Whether layers store their weight as `[inFeatures, outFeatures]` (GPT-2's `Conv1D`). Only read where an adapter is merged into a checkpoint;
   * training detects it, and saves it.
   */
  readonly fanInFanOut?: boolean;
  /** Written to adapter_config.json: `SEQ_CLS`, `TOKEN_CLS`, `CAUSAL_LM`, `SEQ_2_SEQ_LM`, `FEATURE_EXTRACTION`, … */
  readonly taskType?: string;
  /** Written to adapter_config.json: the hub id of the model that the adapter belongs to. */
  readonly baseModelNameOrPath?: string;
}

/** Methods of initialisation that change the weights of the base model, so that their adapters do not fit the checkpoint. */
const CHANGES_BASE = ['pissa', 'olora', 'loftq', 'corda', 'lora_ga'];

/** Fields of adapter_config.json that change what an adapter computes, and that are not supported unless they are empty. */
const UNSUPPORTED = [
  'use_dora',
  'lora_bias',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'use_qalora',
  'use_bdlora',
  'megatron_config',
];

/** Parses adapter_config.json. Throws `ConfigError` for another method than LoRA, and for invalid or unsupported values. */
export function parseAdapterConfig(json: unknown): LoraConfig {
  const fields = new Fields(json);
  const type = fields.value('peft_type');
  if (type !== 'LORA') fields.fail('peft_type', 'LORA', type);
  for (const name of UNSUPPORTED) {
    if (!isEmpty(fields.value(name))) {
      throw new ConfigError(
        `adapter_config.json: ${name} is not supported, got ${JSON.stringify(fields.value(name))}`,
      );
    }
  }
  const init = fields.value('init_lora_weights') ?? true;
  const name = typeof init === 'string' ? init.toLowerCase() : '';
  if (CHANGES_BASE.some((method) => name === method || name.startsWith(`${method}_`))) {
    throw new ConfigError(
      `adapter_config.json: init_lora_weights ${JSON.stringify(init)} changes the base model; convert the adapter with PEFT's path_initial_model_for_weight_conversion`,
    );
  }
  const config: LoraConfig = {
    r: fields.number('r', 8),
    loraAlpha: fields.number('lora_alpha', 8),
    useRslora: fields.flag('use_rslora'),
    targetModules:
      fields.names('target_modules') ?? fields.fail('target_modules', 'a list or a string', null),
    ...optional('excludeModules', fields.names('exclude_modules')),
    ...optional('modulesToSave', fields.list('modules_to_save')),
    ...optional('layersToTransform', fields.layers()),
    ...optional('layersPattern', fields.names('layers_pattern')),
    rankPattern: fields.numbers('rank_pattern'),
    alphaPattern: fields.numbers('alpha_pattern'),
    loraDropout: fields.number('lora_dropout', 0),
    bias: fields.bias(),
    initLoraWeights: init === 'gaussian' ? init : init !== false,
    fanInFanOut: fields.flag('fan_in_fan_out'),
    ...optional('taskType', fields.text('task_type')),
    ...optional('baseModelNameOrPath', fields.text('base_model_name_or_path')),
  };
  checkLoraConfig('adapter_config.json', config);
  return config;
}

/** The content of adapter_config.json, with the fields of all versions of PEFT since 0.7 and those that are set of later ones. */
export function adapterConfigJson(config: LoraConfig): string {
  const { rankPattern = {}, alphaPattern = {}, excludeModules } = config;
  return `${JSON.stringify(
    {
      alpha_pattern: alphaPattern,
      auto_mapping: null,
      base_model_name_or_path: config.baseModelNameOrPath ?? null,
      bias: config.bias ?? 'none',
      ...(excludeModules !== undefined && { exclude_modules: excludeModules }),
      fan_in_fan_out: config.fanInFanOut ?? false,
      inference_mode: true,
      init_lora_weights: config.initLoraWeights ?? true,
      layers_pattern: config.layersPattern ?? null,
      layers_to_transform: config.layersToTransform ?? null,
      lora_alpha: config.loraAlpha ?? 8,
      lora_dropout: config.loraDropout ?? 0,
      modules_to_save: config.modulesToSave ?? null,
      peft_type: 'LORA',
      r: config.r ?? 8,
      rank_pattern: rankPattern,
      revision: null,
      target_modules: config.targetModules,
      task_type: config.taskType ?? null,
      use_rslora: config.useRslora ?? false,
    },
    null,
    2,
  )}\n`;
}

/** Throws `ConfigError` for values out of range. `where` begins the message. */
export function checkLoraConfig(where: string, config: LoraConfig): void {
  const { r = 8, loraAlpha = 8, loraDropout = 0, targetModules, layersToTransform, layersPattern } = config;
  const fail = (name: string, expected: string, value: unknown): never => {
    throw new ConfigError(`${where}: ${name} must be ${expected}, got ${JSON.stringify(value)}`);
  };
  for (const rank of [r, ...Object.values(config.rankPattern ?? {})]) {
    if (!(Number.isSafeInteger(rank) && rank >= 1 && rank <= LIMITS.heads))
      fail('r', `a whole number from 1 to ${LIMITS.heads}`, rank);
  }
  for (const alpha of [loraAlpha, ...Object.values(config.alphaPattern ?? {})]) {
    if (!Number.isFinite(alpha)) fail('loraAlpha', 'a finite number', alpha);
  }
  if (!(loraDropout >= 0 && loraDropout < 1)) fail('loraDropout', 'at least 0 and below 1', loraDropout);
  if (targetModules.length === 0) fail('targetModules', 'the name of at least one layer', targetModules);
  if (typeof targetModules === 'string' && layersToTransform !== undefined) {
    fail('layersToTransform', 'absent where targetModules is a string', layersToTransform);
  }
  if (layersPattern !== undefined && layersToTransform === undefined) {
    fail('layersPattern', 'absent without layersToTransform', layersPattern);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: Value };
}

/** Reads the fields of adapter_config.json. */
class Fields {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(`adapter_config.json must contain an object, got ${JSON.stringify(json)}`);
    }
    this.#json = json as Record<string, unknown>;
  }

  /** The value of a field; undefined where it is absent or null. */
  value(name: string): unknown {
    return Object.hasOwn(this.#json, name) ? (this.#json[name] ?? undefined) : undefined;
  }

  fail(name: string, expected: string, value: unknown): never {
    throw new ConfigError(
      `adapter_config.json: ${name} must be ${expected}, got ${JSON.stringify(value ?? null)}`,
    );
  }

  number(name: string, fallback: number): number {
    const value = this.value(name) ?? fallback;
    return typeof value === 'number' ? value : this.fail(name, 'a number', value);
  }

  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    return typeof value === 'boolean' ? value : this.fail(name, 'true or false', value);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return value === undefined || typeof value === 'string' ? value : this.fail(name, 'a string', value);
  }

  list(name: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
    return this.fail(name, 'a list of strings', value);
  }

  names(name: string): readonly string[] | string | undefined {
    const value = this.value(name);
    return typeof value === 'string' ? value : this.list(name);
  }

  numbers(name: string): Readonly<Record<string, number>> {
    const value = this.value(name) ?? {};
    const isRecord = typeof value === 'object' && !Array.isArray(value);
    if (isRecord && Object.values(value).every((item) => typeof item === 'number')) {
      return value as Record<string, number>;
    }
    return this.fail(name, 'an object of numbers', value);
  }

  layers(): readonly number[] | number | undefined {
    const value = this.value('layers_to_transform');
    if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
    if (Array.isArray(value) && value.every((item) => Number.isSafeInteger(item))) {
      return value.length > 0 ? (value as number[]) : undefined;
    }
    return this.fail('layers_to_transform', 'a whole number or a list of them', value);
  }

  bias(): 'none' | 'all' | 'lora_only' {
    const value = this.value('bias') ?? 'none';
    if (value === 'none' || value === 'all' || value === 'lora_only') return value;
    return this.fail('bias', 'none, all or lora_only', value);
  }
}
