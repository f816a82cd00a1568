import { ConfigError, FormatError } from './errors.ts';

/**
 * Limits to numbers that files and callers state. Nothing is allocated or looped by such a number before it was checked, against the size of the file that
 * states it or against one of these. They are far above every published model; docs/loading.md lists them.
 */
export const LIMITS = {
  /** Sizes of config.json and of GGUF metadata without a limit of their own: vocabularies, widths. */
  size: 2 ** 24,
  /** Layers, and experts of a layer. */
  layers: 4096,
  /** Attention heads, features of a head, labels of a task head. */
  heads: 2 ** 16,
  /** Positions of the context, windows. Tables of them are allocated as far as texts reach. */
  positions: 2 ** 31 - 1,
  /** Values of a table of positions that is computed ahead. */
  positionTable: 2 ** 25,
  /** Levels of nested objects and arrays in JSON. */
  depth: 256,
  /** Axes of a tensor. */
  axes: 64,
  /** Strings or booleans of a list in GGUF metadata. */
  list: 2 ** 22,
  /** Features of a vector of a `VectorIndex`. */
  dimensions: 2 ** 20,
  /** `maxNewTokens` and the lengths of generation_config.json. */
  newTokens: 2 ** 31 - 1,
  /** Sequences that are searched at once: beams, `numReturnSequences`. Larger batches than fit are split. */
  sequences: 1024,
  /** Slots of a decoder's session. */
  slots: 2 ** 16,
  /** Worker threads. */
  workers: 256,
} as const;

const LAYERS = /layers?$|depth|block_count$|group|experts$|experts_per|expert_count$/;
const HEADS = /head|d_kv|key_length$|value_length$|label/;
const POSITIONS = /position|context|(?<!embedding_|forward_)length$|window|distance/;

/** The largest value of a size in config.json or in GGUF metadata, by its name. */
export function sizeLimit(name: string): number {
  if (LAYERS.test(name)) return LIMITS.layers;
  if (HEADS.test(name)) return LIMITS.heads;
  return POSITIONS.test(name) ? LIMITS.positions : LIMITS.size;
}

/** Throws `ConfigError` if a table of `positions` by `features` values, which no file holds, would be too large. */
export function checkPositionTable(positions: number, features: number): void {
  if (positions * features <= LIMITS.positionTable) return;
  throw new ConfigError(
    `config.json: a table of ${positions} positions of ${features} features is too large, at most ${LIMITS.positionTable} values are computed`,
  );
}

/**
 * The JSON in a file's text. `file` names it in errors. Throws `FormatError`: `nested-too-deep` for objects and arrays that nest deeper than
 * {@link LIMITS}, `not-json` for invalid JSON.
 */
export function parseJson(text: string, file: string): unknown {
  checkDepth(text, file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw new FormatError('not-json', `${file} is not valid JSON: ${message} (not-json)`, { cause: error });
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

/**
 * Throws `FormatError` (`nested-too-deep`) for the text of JSON whose objects and arrays nest deeper than {@link LIMITS}. `file` names it in the error. The
 * text need not be valid.
 */
function checkDepth(text: string, file: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) inString = !inString;
    else if (inString) i += code === BACKSLASH ? 1 : 0;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if ((code === OPEN_LIST || code === OPEN_OBJECT) && ++depth > LIMITS.depth) {
      throw new FormatError(
        'nested-too-deep',
        `${file} nests deeper than ${LIMITS.depth} levels (nested-too-deep)`,
      );
    }
  }
}
