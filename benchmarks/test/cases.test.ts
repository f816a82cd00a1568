import { Tokenizer } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import { bertConfigs, bertFlops } from '../src/cases/bert.ts';
import { headlines } from '../src/cases/headlines.ts';
import { attentionWork, batchWork, sentencesWork } from '../src/cases/make.ts';
import { caseLabel, selectCases } from '../src/cases/select.ts';
import sentences from '../src/cases/sentences.json' with { type: 'json' };
import { cases } from '../src/cases/suites.ts';
import { batchLengths, textOf } from '../src/cases/text.ts';
import type { Work } from '../src/cases/work.ts';
import { jsEngine } from '../src/engines/js.ts';
import { swapOuterAxes } from '../src/engines/layout.ts';
import { safetensors, safetensorsSource } from '../src/engines/safetensors.ts';
import { measuredBackends, takesPart } from '../src/engines/start.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { suites } from '../src/row.ts';

describe('cases', () => {
  it('have unique labels', () => {
    const labels = cases.map(caseLabel);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('cover every suite', () => {
    expect([...new Set(cases.map(({ suite }) => suite))].sort()).toEqual([...suites].sort());
  });

  it('are selected by suite, filter and size', () => {
    const select = (filter: string, quick = false) => {
      const options = { quick, headlines: false, threads: 1 };
      const suites = ['ops', 'attention'] as const;
      return selectCases({ suites, filter: new RegExp(filter, 'i'), ...options }).map(caseLabel);
    };
    expect(select('matmul 64x|4096')).toEqual([
      'ops/matmul 64x64x64 f32',
      'attention/attention 12x64, 4096 tokens f32',
    ]);
    expect(select('4096', true)).toEqual([]);
    expect(select('MiniLM')).toEqual([]);
  });
});

describe('headlines', () => {
  const select = (threads: number) =>
    selectCases({ suites, filter: undefined, quick: false, headlines: true, threads });

  it('match one case each', () => {
    const selected = [1, 2].flatMap((threads) =>
      select(threads).map((each) => `${caseLabel(each)} ${threads}`),
    );
    expect(new Set(selected).size).toBe(selected.length);
    expect(selected).toHaveLength(headlines.length);
  });

  it('with two threads are those for two threads', () => {
    expect(select(2).map(caseLabel)).toEqual([
      'encoder/BERT-base shape, 128 tokens f32',
      'generate/GPT-2 124M shape, prompt of 256 tokens f32',
      'generate/GPT-2 124M shape, each new token f32',
      'speech/Whisper-tiny, transcription of 30 s f32',
    ]);
  });
});

describe('takesPart', () => {
  it('restricts some backends to the cases that name them', () => {
    const named = { backends: ['workers-messages', 'onnxruntime-web'] } as const;
    const all = ['workers', 'workers-messages', 'onnxruntime-web'] as const;
    expect(all.filter((name) => takesPart(name, {}))).toEqual(['workers', 'onnxruntime-web']);
    expect(all.filter((name) => takesPart(name, named))).toEqual(['workers-messages', 'onnxruntime-web']);
  });
});

describe('measuredBackends', () => {
  it('leaves out shared memory on pages that are not isolated', () => {
    // Node has no `crossOriginIsolated`, so 'browser' means a page that is not isolated here.
    expect(measuredBackends('node', 2)).toContain('workers-shared');
    expect(measuredBackends('browser', 2)).toEqual(
      measuredBackends('node', 2).filter((name) => {
        return name !== 'workers-shared' && name !== 'onnxruntime-node';
      }),
    );
  });
});

describe('batchWork', () => {
  it('has texts of mixed lengths', () => {
    const lengths = batchLengths(256);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([6, 127]);
    expect(lengths.filter((tokens) => tokens < 32).length).toBeGreaterThan(128);
    const { texts } = batchWork(256);
    expect(texts.map((text) => text.split(' ').length + 2)).toEqual(lengths);
  });
});

describe('sentencesWork', () => {
  it('has 1,000 different sentences of the listed lengths', async () => {
    const { texts } = sentencesWork();
    expect(new Set(texts).size).toBe(1000);
    const tokenizerJson = JSON.parse(
      new TextDecoder().decode((await nodePlatform.minilm()).get('tokenizer.json')),
    );
    const tokenizer = Tokenizer.fromFiles({ tokenizerJson });
    expect(texts.map((text) => tokenizer.encode(text).ids.length)).toEqual(sentences.tokens);
  });
});

describe('bertFlops', () => {
  it('counts the matrix products of BERT-base on 128 tokens', () => {
    // Two operations per token for each of 85 million weights, and 4 · tokens · hidden for attention.
    expect(bertFlops(bertConfigs['BERT-base shape'], 128)).toBe(
      2 * 128 * 12 * (12 * 768 ** 2 + 2 * 128 * 768),
    );
  });
});

describe('textOf', () => {
  it.each([16, 128, 512])('returns a text of %i tokens', (tokens) => {
    const { text, ids } = textOf(tokens);
    expect(ids).toHaveLength(tokens);
    expect(text.split(' ')).toHaveLength(tokens - 2);
    expect([ids[0], ids.at(-1)]).toEqual([101, 102]);
  });
});

describe('safetensors', () => {
  it('writes an aligned header and the values in order', () => {
    const values = [Float32Array.of(1, 2), Float32Array.of(3)];
    const names = ['a', 'b'];
    const file = safetensors(
      new Map(names.map((name, i) => [name, values[i]!])),
      new Map([
        ['a', [1, 2]],
        ['b', [1]],
      ]),
    );
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
      a: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
      b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    });
    expect([...new Float32Array(file.slice(8 + length).buffer)]).toEqual([1, 2, 3]);
  });

  it('reads the same bytes from the source', async () => {
    const weights = new Map([
      ['a', Float32Array.of(1, 2)],
      ['b', Float32Array.of(3)],
    ]);
    const shapes = new Map([
      ['a', [1, 2]],
      ['b', [1]],
    ]);
    const file = safetensors(weights, shapes);
    const source = safetensorsSource(weights, shapes);
    expect(source.size).toBe(file.length);
    for (const [from, to] of [
      [0, 8],
      [8, file.length - 12],
      [file.length - 12, file.length - 4],
      [file.length - 8, file.length - 4],
      [file.length - 4, file.length],
    ] as const) {
      expect(await source.read(from, to)).toEqual(file.subarray(from, to));
    }
    // A reader may transfer the buffer to another thread.
    expect((await source.read(file.length - 4, file.length)).buffer).not.toBe(weights.get('b')!.buffer);
    await expect(source.read(file.length - 8, file.length)).rejects.toThrow('span more than one tensor');
  });
});

describe('jsEngine', () => {
  const run = async (work: Work) => (await jsEngine.prepare(work))?.run();

  it('multiplies by f32 weights only', async () => {
    const values = { x: Float32Array.of(1, 2, 3, 4), weight: Float32Array.of(5, 7, 6, 8) };
    const work = (dtype: 'f32' | 'q8') => {
      return {
        kind: 'linear',
        parameters: { rows: 2, inFeatures: 2, outFeatures: 2, dtype },
        values,
      } as const;
    };
    expect(await run(work('f32'))).toEqual(Float32Array.of(19, 22, 43, 50));
    expect(await run(work('q8'))).toBeUndefined();
  });

  it('averages the values of equal keys', async () => {
    const { parameters } = attentionWork(1, 2, 2);
    const ones = new Float32Array(4).fill(1);
    const values = { q: ones, k: ones, v: Float32Array.of(1, 2, 3, 4) };
    expect(await run({ kind: 'attention', parameters, values })).toEqual(Float32Array.of(2, 3, 2, 3));
  });
});

describe('swapOuterAxes', () => {
  it('swaps the first two axes and back', () => {
    const x = Float32Array.from({ length: 12 }, (_, i) => i);
    const swapped = swapOuterAxes(x, 2, 3);
    expect([...swapped]).toEqual([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
    expect(swapOuterAxes(swapped, 3, 2)).toEqual(x);
  });
});
