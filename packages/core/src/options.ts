import { ConfigError } from './errors.ts';

/**
 * The names of a type of options. `{ … } satisfies OptionNames<Options>` keeps a list of them in step with the type: the compiler reports a name that is
 * missing, and one that the type does not have.
 */
export type OptionNames<Options> = Readonly<Record<keyof Required<Options>, true>>;

/** Names of other libraries that do not differ from ours in spelling alone, with ours. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  max_length: 'maxNewTokens',
  max_tokens: 'maxNewTokens',
  stop: 'stopStrings',
  eos_token_id: 'eosTokenId',
  logprobs: 'topLogProbs',
  num_labels: 'topK',
};

/** Options that live elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  device:
    "the option backend of the loaders of @headwise/core chooses what computes ('auto', 'wasm-simd', …)",
  quantized: "the option dtype of the loaders is 'q8' or 'q4' instead",
  workers: 'it is an option of the loaders of @headwise/worker',
  split: 'it is an option of loadEncoder of @headwise/worker',
  transport: 'it is an option of the loaders of @headwise/worker',
  spawn: 'it is an option of the loaders of @headwise/worker',
  maxQueue: 'it is an option of loadEncoder of @headwise/worker',
  dtype: 'it is an option of the loaders, such as loadModel',
  backend: 'it is an option of the loaders, such as loadModel',
  learningRate: 'it is an option of the optimizers of @headwise/core/train',
};

/**
 * Throws `ConfigError` unless `options` is an object with names of `names` alone, with the name that was probably meant or the place of an option of
 * another function. Names whose value is undefined count too.
 */
export function checkOptions(task: string, options: unknown, ...names: readonly object[]): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(
      `${task}: options must be an object, got ${options === null ? 'null' : typeof options}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (names.some((known) => Object.hasOwn(known, name))) continue;
    const known = names.flatMap((list) => Object.keys(list));
    const meant = nameMeant(name, known);
    const help = Object.hasOwn(ELSEWHERE, name)
      ? ELSEWHERE[name]
      : meant === undefined
        ? `the options are ${known.join(', ')}`
        : `did you mean ${meant}?`;
    throw new ConfigError(`${task}: unknown option ${name}; ${help}`);
  }
}

function nameMeant(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.replace(/[_-]/g, '').toLowerCase();
  const same = known.find((one) => plain(one) === plain(name));
  if (same !== undefined) return same;
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  if (other !== undefined && known.includes(other)) return other;
  const near = known
    .map((one) => ({ one, distance: editDistance(plain(one), plain(name)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(1, Math.floor(name.length / 4)) ? near.one : undefined;
}

/** Levenshtein distance of two names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + (a[i] === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
