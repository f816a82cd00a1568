import type { ConfigReader } from '../../models/config.ts';

/** The row of token embeddings that is zeros: `pad_token_id`, or if the file has none `fallback`. Null in the file means none. */
export function paddingRow(reader: ConfigReader, fallback?: number): number | undefined {
  if (reader.raw('pad_token_id') === null) return undefined;
  const [id] = reader.ids('pad_token_id') ?? [];
  return id ?? fallback;
}
