import { ConfigError } from '../../errors.ts';
import { BoundedRegex } from '../../text/pieces/bounded-regex.ts';
import { limitSteps } from '../../text/pieces/limits.ts';
import type { LoraConfig } from './config.ts';

// Matching of layer names as in PEFT: `check_target_module_exists`, `get_pattern_key` and `_maybe_include_all_linear_layers` of
// https://github.com/huggingface/peft/blob/main/src/peft/tuners/tuners_utils.py

/** `targetModules` for all linear layers but the output layer. */
export const ALL_LINEAR = 'all-linear';

/** Output layers of Hugging Face's classes, which `all-linear` leaves out. */
const OUTPUT_LAYERS = [
  'lm_head',
  'cls.predictions.decoder',
  'classifier',
  'classifier.out_proj',
  'score',
  'qa_outputs',
];

/** Whether a layer of this name is to be adapted. Throws `ConfigError` for an invalid regular expression. */
export function isTarget(config: LoraConfig, name: string): boolean {
  const { targetModules, excludeModules = [], modulesToSave = [] } = config;
  if (matchesName('excludeModules', excludeModules, name)) return false;
  if (modulesToSave.some((module) => isWithin(module, name))) return false;
  if (typeof targetModules === 'string') {
    if (targetModules.toLowerCase() === ALL_LINEAR) {
      return !OUTPUT_LAYERS.some((layer) => name === layer || name.endsWith(`.${layer}`));
    }
    return matchesName('targetModules', targetModules, name);
  }
  if (targetModules.includes(name)) return true;
  return matchesName('targetModules', targetModules, name) && isSelectedLayer(config, name);
}

/** Whether a name is that of a module, or of a part of it; `module` may be the end of the module's name. */
export function isWithin(module: string, name: string): boolean {
  return pattern('modulesToSave', `(^|.*\\.)${module}($|\\..*)`)(name) >= 0;
}

/** The rank of the adapter of a layer. */
export function rankOf({ r = 8, rankPattern = {} }: LoraConfig, name: string): number {
  return patternValue('rankPattern', rankPattern, name) ?? r;
}

/** The factor s of B · A. */
export function scaleOf(config: LoraConfig, name: string): number {
  const { loraAlpha = 8, alphaPattern = {}, useRslora = false } = config;
  const alpha = patternValue('alphaPattern', alphaPattern, name) ?? loraAlpha;
  const rank = rankOf(config, name);
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}

function matchesName(option: string, names: readonly string[] | string, name: string): boolean {
  if (typeof names === 'string') return names !== '' && pattern(option, `^(?:${names})$`)(name) >= 0;
  return names.some((end) => name === end || name.endsWith(`.${end}`));
}

function isSelectedLayer({ layersToTransform, layersPattern = [] }: LoraConfig, name: string): boolean {
  const layers = typeof layersToTransform === 'number' ? [layersToTransform] : (layersToTransform ?? []);
  if (layers.length === 0) return true;
  const before = typeof layersPattern === 'string' ? [layersPattern] : layersPattern;
  for (const layer of before.length > 0 ? before : ['[^.]*']) {
    const end = pattern('layersPattern', `^.*?\\.${layer}\\.(?=\\d+\\.)`)(name);
    if (end >= 0) return layers.includes(Number.parseInt(name.slice(end), 10));
  }
  return false;
}

function patternValue(
  option: string,
  values: Readonly<Record<string, number>>,
  name: string,
): number | undefined {
  const key = Object.keys(values).find((end) => pattern(option, `^(.*\\.)?(${end})$`)(name) >= 0);
  return key === undefined ? undefined : values[key];
}

/** Steps for one name: patterns of adapters take some hundreds. */
const MAX_STEPS = 20_000;

const compiled = new Map<string, BoundedRegex>();

/**
 * A regular expression in Python's syntax, as far as it differs: `(?P<name>…)`, `\Z`. Returns where its match in a name ends; −1 if there is
 * none. It is that of a file, so it runs with a limit of steps.
 */
function pattern(option: string, source: string): (name: string) => number {
  let regex = compiled.get(source);
  if (!regex) {
    try {
      const translated = new RegExp(source.replaceAll('(?P<', '(?<').replaceAll('\\Z', '$')).source;
      regex = new BoundedRegex(translated, '', `LoRA: ${option} ${JSON.stringify(source.slice(0, 60))}`);
    } catch (error) {
      throw new ConfigError(
        `LoRA: ${option} is not a regular expression that is supported: ${source.slice(0, 200)}`,
        {
          cause: error,
        },
      );
    }
    if (compiled.size >= 1000) compiled.clear();
    compiled.set(source, regex);
  }
  const found = regex;
  return (name) => {
    limitSteps(MAX_STEPS);
    return found.find(name, 0) < 0 ? -1 : found.end;
  };
}
