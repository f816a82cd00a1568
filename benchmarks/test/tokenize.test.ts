import { Tokenizer } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import { cases } from '../src/cases/suites.ts';
import { mixedText } from '../src/cases/tokenize.ts';
import type { Platform } from '../src/engines/platform.ts';
import { ownTokenizer } from '../src/engines/tokenizers.ts';
import { nodePlatform } from '../src/node/platform.ts';
import type { Row } from '../src/row.ts';
import { runPhase } from '../src/run/phase.ts';

const work = { kind: 'tokenize', tokenizer: 'ko-student', bytes: 3000 } as const;
const subject = { ...cases.find(({ name }) => name.startsWith('Unigram'))!, work: () => work };

async function korean(): Promise<{ tokenizer: Tokenizer; text: string }> {
  const tokenizerJson = JSON.parse(new TextDecoder().decode(await nodePlatform.tokenizer('ko-student')));
  const text = mixedText(await nodePlatform.messages(), work.bytes);
  return { tokenizer: Tokenizer.fromFiles({ tokenizerJson }), text };
}

/** Rows of the case with a peer whose tokenizer gives these ids. */
async function rowsWithPeer(ids: number[]): Promise<Row[]> {
  class FixedIds {
    encode() {
      return { ids };
    }
  }
  const platform: Platform = { ...nodePlatform, peer: async () => ({ Tokenizer: FixedIds }) };
  const rows: Row[] = [];
  const race = { budgetMs: 1, turns: 1, minRuns: 1, longestMs: 1, shortestBatchMs: 0, pauseMs: 0 };
  const options = { platform, cases: [subject], threads: 1, backends: [], race, expected: new Map() };
  await runPhase({ ...options, onRow: (row) => rows.push(row), onProgress: () => {} });
  return rows;
}

describe('mixedText', () => {
  it('repeats lines of both languages up to a number of bytes', () => {
    expect(mixedText([['one', '하나']], 22)).toBe('one\n하나\none\n하나\n');
    expect(mixedText([['one', '하나']], 21)).toBe('one\n하나\n');
  });

  it("has TypeScript's messages in English and Korean", async () => {
    const pairs = await nodePlatform.messages();
    expect(pairs.length).toBeGreaterThan(2000);
    expect(pairs.filter(([, korean]) => /\p{Script=Hangul}/u.test(korean)).length).toBeGreaterThan(2000);
  });
});

describe('tokenization', () => {
  it('gives the ids of the whole text', async () => {
    const { tokenizer, text } = await korean();
    const prepared = (await ownTokenizer(nodePlatform).prepare(work))!;
    const output = await prepared.run();
    const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
    expect(Array.from(prepared.arrange!(output))).toEqual([...ids]);
  });

  it('times a peer with equal ids only', async () => {
    const { tokenizer, text } = await korean();
    const ids = [...tokenizer.encode(text, { addSpecialTokens: false }).ids];
    const failures = async (given: number[]) =>
      (await rowsWithPeer(given)).map(({ backend, failure }) => [backend, failure]);
    expect(await failures(ids)).toEqual([
      ['tokenizer', undefined],
      ['hf-tokenizers', undefined],
    ]);
    const other = await failures(ids.with(5, ids[5]! + 1));
    expect(other).toContainEqual(['tokenizer', undefined]);
    expect(other).toContainEqual(['hf-tokenizers', expect.stringContaining('error 1.00')]);
  });
});
