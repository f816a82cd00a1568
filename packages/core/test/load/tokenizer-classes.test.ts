import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTokenizerFiles } from '../../src/load/open-tokenizer.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { resolveSource } from '../../src/weights/sources/resolve.ts';

interface Case {
  name: string;
  class: string;
  config: object;
  tokenizerConfig?: object;
  /** Names of blobs, by file. */
  files: Record<string, string>;
  ids: number[][];
  pair: number[];
  typeIds: number[] | null;
  decoded: string[];
  whole: string[];
  specialTokens: Record<string, number | null>;
}

// Wanted values: AutoTokenizer of transformers 5.17; see fixtures/make/tokenizer_classes.py.
const { texts, pair, blobs, cases } = JSON.parse(
  gunzipSync(readFileSync(new URL('../fixtures/tokenizers/classes.json.gz', import.meta.url))).toString(),
) as { texts: string[]; pair: [string, string]; blobs: Record<string, string>; cases: Case[] };

async function open({ config, tokenizerConfig, files }: Case): Promise<Tokenizer> {
  const text = new TextEncoder();
  const contents = Object.entries(files).map(([name, blob]): [string, Uint8Array] => [
    name,
    /\.(model|spm)$/.test(name) ? Buffer.from(blobs[blob]!, 'base64') : text.encode(blobs[blob]!),
  ]);
  contents.push(['config.json', text.encode(JSON.stringify(config))]);
  if (tokenizerConfig) contents.push(['tokenizer_config.json', text.encode(JSON.stringify(tokenizerConfig))]);
  const source = resolveSource(Object.fromEntries(contents), {});
  return Tokenizer.fromFiles(await readTokenizerFiles(source, config));
}

describe('the tokenizer of a repository is that of AutoTokenizer', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, wanted) => {
    const tokenizer = await open(wanted);
    expect(texts.map((text) => [...tokenizer.encode(text).ids])).toEqual(wanted.ids);
    const both = tokenizer.encode(pair[0], { pair: pair[1] });
    expect([...both.ids]).toEqual(wanted.pair);
    if (wanted.typeIds) expect([...both.typeIds]).toEqual(wanted.typeIds);
    expect(wanted.ids.map((ids) => tokenizer.decode(ids))).toEqual(wanted.decoded);
    expect(wanted.ids.map((ids) => tokenizer.decode(ids, { skipSpecialTokens: false }))).toEqual(
      wanted.whole,
    );
    const named = Object.entries(wanted.specialTokens).filter(([, id]) => id !== null);
    expect(tokenizer.specialTokens).toMatchObject(Object.fromEntries(named));
  });
});
