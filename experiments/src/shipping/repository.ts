/**
 * A model's files in memory, for the loaders of `@headwise/core`.
 *
 * @param json contents of config.json, tokenizer.json and other files by name
 * @param safetensors contents of model.safetensors
 */
export function repositoryOf(
  json: Readonly<Record<string, unknown>>,
  safetensors: Uint8Array,
): Map<string, Uint8Array<ArrayBuffer>> {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files = new Map(Object.entries(json).map(([name, value]) => [name, encode(value)]));
  return files.set('model.safetensors', Uint8Array.from(safetensors));
}
