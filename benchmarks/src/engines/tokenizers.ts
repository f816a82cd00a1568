import { Tokenizer } from '@headwise/core';
import { mixedText, type TokenizerName, type TokenizeWork } from '../cases/tokenize.ts';
import type { Engine, Prepared } from './engine.ts';
import type { Platform } from './platform.ts';

/** The used part of @huggingface/tokenizers. */
interface HuggingFaceTokenizers {
  readonly Tokenizer: new (
    tokenizerJson: unknown,
    config: object,
  ) => { encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] } };
}

async function inputs(
  platform: Platform,
  { tokenizer, bytes }: TokenizeWork,
): Promise<{ json: unknown; text: string }> {
  const json = JSON.parse(new TextDecoder().decode(await tokenizerJson(platform, tokenizer))) as unknown;
  return { json, text: mixedText(await platform.messages(), bytes) };
}

async function tokenizerJson(platform: Platform, name: TokenizerName): Promise<Uint8Array> {
  if (name !== 'minilm') return platform.tokenizer(name);
  return (await platform.minilm()).get('tokenizer.json')!;
}

/** Headwise's tokenizer. Its runs return offsets too. */
export async function prepareTokenizer(platform: Platform, work: TokenizeWork): Promise<Prepared> {
  const { json, text } = await inputs(platform, work);
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson: json });
  return tokenizing(() => tokenizer.encode(text, { addSpecialTokens: false, offsets: true }).ids);
}

export function ownTokenizer(platform: Platform): Engine {
  const prepare = (work: { kind: string }) =>
    work.kind === 'tokenize' ? prepareTokenizer(platform, work as TokenizeWork) : undefined;
  return { name: 'tokenizer', threads: 1, prepare };
}

/** `@huggingface/tokenizers`, the tokenizers of transformers.js. It has no offsets. */
export async function huggingfaceTokenizers(platform: Platform): Promise<Engine> {
  const peer = (await platform.peer('tokenizers')) as HuggingFaceTokenizers;
  return {
    name: 'hf-tokenizers',
    threads: 1,
    async prepare(work) {
      if (work.kind !== 'tokenize') return undefined;
      const { json, text } = await inputs(platform, work);
      const tokenizer = new peer.Tokenizer(json, {});
      return tokenizing(() => tokenizer.encode(text, { add_special_tokens: false }).ids);
    },
  };
}

/** Ids are compared as floats, which are exact up to 2²⁴. */
function tokenizing(encode: () => ArrayLike<number>): Prepared {
  let ids: ArrayLike<number> = [];
  return {
    run() {
      ids = encode();
      return new Float32Array(0);
    },
    arrange: () => Float32Array.from(ids),
    dispose() {},
  };
}
