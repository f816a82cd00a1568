// Every number of Explore, as its jobs compute it, against core called directly.
import { openAsBlob } from 'node:fs';
import {
  activationPatching,
  type CausalLM,
  contextualSimilarity,
  type EncoderModel,
  openCheckpoint,
  resolveSource,
  scale,
  silence,
} from '@headwise/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedFiles } from '../plugins/model-files.ts';
import type { JobContext } from '../src/engine/job.ts';
import * as ablateHeads from '../src/engine/jobs/ablate-heads.ts';
import * as difference from '../src/engine/jobs/difference.ts';
import * as logitLens from '../src/engine/jobs/logit-lens.ts';
import * as openFiles from '../src/engine/jobs/open-files.ts';
import * as openHead from '../src/engine/jobs/open-head.ts';
import * as patch from '../src/engine/jobs/patch.ts';
import * as read from '../src/engine/jobs/read.ts';
import * as readPair from '../src/engine/jobs/read-pair.ts';
import * as stream from '../src/engine/jobs/stream.ts';
import * as why from '../src/engine/jobs/why.ts';
import { ModelCache } from '../src/engine/model-cache.ts';
import type { ModelId } from '../src/engine/registry.ts';
import type { PatchKind } from '../src/lib/patches.ts';
import { weightToTone } from '../src/lib/scale.ts';
import { fileProblemOf } from '../src/rooms/explore/files.ts';
import { folderOf } from './helpers/models.ts';

const cache = new ModelCache({ locate: folderOf });
const { signal } = new AbortController();
const { store } = cache.lease(signal);
function context<Progress>(progress: Progress[] = []): JobContext<Progress> {
  return { signal, progress: (value) => void progress.push(value), breathe: async () => undefined };
}

let bert: EncoderModel;
let gpt: CausalLM;
beforeAll(async () => {
  [bert, gpt] = await Promise.all([store.load('bert-mini'), store.load('gpt-mini')]);
});
afterAll(() => Promise.all([bert.dispose(), gpt.dispose()]));

const text = '나는 커피를 마셨다 .';
const tokens: read.Lens = { unit: 'tokens', hideSpecial: false };
const opened = { layer: 1, head: 2, mean: false };
const ask = (lens: read.Lens = tokens, edits: read.ReadingParams['edits'] = []) =>
  read.run(store, { model: 'bert-mini', text, edits, lens, opened }, context());
/** Values of 16-bit floats (IEEE 754 binary16), which bert-mini's file has. */
function fromFloat16(bytes: Uint8Array): number[] {
  const bits = new Uint16Array(bytes.slice().buffer);
  return Array.from(bits, (value) => {
    const [exponent, fraction] = [(value >> 10) & 31, value & 1023];
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return value >> 15 === 1 ? -size : size;
  });
}
/** The probabilities of the next token. */
function probabilities(logits: Float32Array): number[] {
  const max = Math.max(...logits);
  const values = [...logits].map((value) => Math.exp(value - max));
  const sum = values.reduce((a, b) => a + b);
  return values.map((value) => value / sum);
}

describe('a reading of bert-mini', () => {
  test('has the tokens, the map of the open head, and the tones of all heads that core computes', async () => {
    const [reading, trace] = [await ask(), await bert.trace(text)];
    const size = trace.tokens.length;
    expect(reading.tokens).toEqual(trace.tokens);
    expect(reading.ids).toEqual([...trace.ids]);
    expect(reading.units.map(({ special }) => special)).toEqual(
      trace.tokens.map((token) => /^\[/.test(token)),
    );
    expect(reading.map.data).toEqual(trace.attention.map(1, 2));
    expect([...reading.tones]).toEqual(
      [...trace.attention.data].map((w) => Math.round(255 * weightToTone(w))),
    );
    expect(reading.side).toBe(size);
    const mean = await openHead.run(
      store,
      { model: 'bert-mini', text, edits: [], lens: tokens, opened: { layer: 0, head: 0, mean: true } },
      context(),
    );
    for (const cell of [0, 7, size * size - 1]) {
      const average = [0, 1, 2, 3].reduce((sum, head) => sum + trace.attention.map(0, head)[cell]! / 4, 0);
      expect(mean.map.data[cell]).toBeCloseTo(average, 6);
    }
  });

  test('sums the weights to a word, and takes the mean of those from a word', async () => {
    const words = await ask({ unit: 'words', hideSpecial: false });
    expect(words.units.map(({ label }) => label)).toEqual([
      '[CLS]',
      '나는',
      '커피를',
      '마셨다',
      '.',
      '[SEP]',
    ]);
    const trace = await bert.trace(text);
    const [map, size] = [trace.attention.map(1, 2), trace.tokens.length];
    const [coffee, drank] = [words.units[2]!, words.units[3]!];
    expect([coffee.to - coffee.from, drank.to - drank.from]).toEqual([2, 3]);
    let expected = 0;
    for (let from = drank.from; from < drank.to; from += 1) {
      for (let to = coffee.from; to < coffee.to; to += 1) expected += map[from * size + to]! / 3;
    }
    expect(words.map.data[3 * 6 + 2]).toBeCloseTo(expected, 6);
    const hidden = await ask({ unit: 'words', hideSpecial: true });
    for (let row = 0; row < 4; row += 1) {
      expect(hidden.map.data.subarray(4 * row, 4 * row + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  test('labels heads by where at least 40 % of the weight of the text’s tokens goes', async () => {
    const [{ labels }, trace] = [await ask(), await bert.trace(text)];
    const size = trace.tokens.length;
    labels.forEach((label, index) => {
      const map = trace.attention.map(Math.floor(index / 4), index % 4);
      const rows = Array.from({ length: size - 2 }, (_, i) => i + 1);
      const share = (to: (row: number) => readonly number[]): number =>
        rows.reduce((sum, row) => sum + to(row).reduce((s, key) => s + map[row * size + key]!, 0), 0) /
        rows.length;
      const shares = {
        sink: share(() => [0, size - 1]),
        self: share((row) => [row]),
        previous: share((row) => (row > 1 ? [row - 1] : [])),
        next: share((row) => (row < size - 2 ? [row + 1] : [])),
      };
      const [best, value] = Object.entries(shares).sort((a, b) => b[1] - a[1])[0]!;
      if (value >= 0.4) expect(label, `head ${index}`).toBe(best);
      else expect(['broad', 'content']).toContain(label);
    });
  });

  test('says how far the embedding turns without heads, one at a time and together', async () => {
    const edits = [{ layer: 0, head: 1, edit: 0 }];
    const { effect } = await ask(tokens, edits);
    const hooks = { 'blocks.0.attention.heads.1.context': silence() };
    const unit = { normalize: true };
    const [full, without] = [await bert.embed(text, unit), await bert.embed(text, { ...unit, hooks })];
    const cosine = full.reduce((sum, value, i) => sum + value * without[i]!, 0);
    expect(effect).toMatchObject({ kind: 'rotation', cosine: expect.closeTo(cosine, 6) });
    const layers: ablateHeads.LayerAblation[] = [];
    await ablateHeads.run(store, { model: 'bert-mini', text, edits: [], fromLayer: 0 }, context(layers));
    expect(layers.map(({ sizes }) => sizes.length)).toEqual([4, 4]);
    expect(layers[0]!.sizes[1]).toBeCloseTo((Math.acos(cosine) * 180) / Math.PI, 4);
  });
});

describe('edits of heads', () => {
  const unit = { normalize: true };
  const angle = (a: Float32Array, b: Float32Array): number => {
    const cosine = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    return (Math.acos(cosine) * 180) / Math.PI;
  };

  test('scale what a head outputs', async () => {
    const { effect } = await ask(tokens, [{ layer: 1, head: 0, edit: 2.25 }]);
    const hooks = { 'blocks.1.attention.heads.0.context': scale(2.25) };
    const [full, scaled] = [await bert.embed(text, unit), await bert.embed(text, { ...unit, hooks })];
    expect(effect?.size).toBeGreaterThan(0.05);
    expect(effect?.size).toBeCloseTo(angle(full, scaled), 4);
  });

  test('give a head the average weights of its layer, which its map then shows', async () => {
    const reading = await ask(tokens, [{ layer: 1, head: 2, edit: 'average' }]);
    const trace = await bert.trace(text);
    const maps = [0, 1, 2, 3].map((head) => trace.attention.map(1, head));
    const mean = maps[0]!.map((_, i) => maps.reduce((sum, map) => sum + map[i]! / 4, 0));
    reading.map.data.forEach((weight, i) => {
      expect(weight).toBeCloseTo(mean[i]!, 6);
    });
    const hooks = { 'blocks.1.attention.heads.2.weights': () => mean };
    const [full, averaged] = [await bert.embed(text, unit), await bert.embed(text, { ...unit, hooks })];
    expect(reading.effect?.size).toBeGreaterThan(0.05);
    expect(reading.effect?.size).toBeCloseTo(angle(full, averaged), 3);
  });

  test('are what the effects of single heads are relative to', async () => {
    const edits = [
      { layer: 0, head: 1, edit: 0 },
      { layer: 1, head: 3, edit: 2 },
    ];
    const layers: ablateHeads.LayerAblation[] = [];
    await ablateHeads.run(store, { model: 'bert-mini', text, edits, fromLayer: 1 }, context(layers));
    expect(layers.map(({ layer }) => layer)).toEqual([1]);
    const edited = { 'blocks.0.attention.heads.1.context': silence() };
    const base = await bert.embed(text, {
      ...unit,
      hooks: { ...edited, 'blocks.1.attention.heads.3.context': scale(2) },
    });
    const without = await bert.embed(text, {
      ...unit,
      hooks: { ...edited, 'blocks.1.attention.heads.3.context': silence() },
    });
    expect(layers[0]!.sizes[3]).toBeCloseTo(angle(base, without), 4);
  });
});

test('the difference of two texts is that of their maps, and the part that moved', async () => {
  const texts = ['나는 커피를 마셨다', '나는 사과를 마셨다'] as const;
  const params = { model: 'bert-mini', texts, edits: [], lens: tokens } as const;
  const { moved, labels, tones, side } = await difference.run(store, params, context());
  const [a, b] = [await bert.trace(texts[0]), await bert.trace(texts[1])];
  expect(labels).toHaveLength(a.tokens.length);
  const [mapA, mapB] = [a.attention.map(0, 3), b.attention.map(0, 3)];
  const expected = mapA.reduce((sum, value, i) => sum + Math.abs(value - mapB[i]!), 0) / 2 / a.tokens.length;
  expect(moved[3]).toBeCloseTo(expected, 5);
  const change = mapB[5]! - mapA[5]!;
  expect(tones[3 * side * side + 5]).toBe(
    Math.round(128 + 127 * Math.sign(change) * Math.sqrt(Math.abs(change))),
  );
});

describe('patching from the second text into the first', () => {
  const texts = ['나는 커피를 마셨다', '나는 사과를 마셨다'] as const;
  const measure = async (kind: PatchKind, fromRow = 0): Promise<patch.PatchRow[]> => {
    const rows: patch.PatchRow[] = [];
    await patch.run(store, { model: 'bert-mini', texts, kind, layer: 1, fromRow }, context(rows));
    return rows;
  };

  test.each([
    ['residual', 'blocks.*.residual.after', true],
    ['feedForward', 'blocks.*.feedForward.output', true],
    ['heads', 'blocks.*.attention.heads.*.context', false],
    ['layerHeads', 'blocks.1.attention.heads.*.context', true],
  ] as const)('%s measures what activationPatching of core does', async (kind, names, perToken) => {
    const rows = await measure(kind);
    expect(rows.map(({ row }) => row)).toEqual(kind === 'layerHeads' ? [0, 1, 2, 3] : [0, 1]);
    const scores = await activationPatching(bert, texts[1], texts[0], [names], { perToken });
    expect(rows.flatMap(({ recovered }) => recovered)).toEqual(scores.map(({ recovered }) => recovered));
  });

  test('can be continued, and of the last layer’s stream is all of the output', async () => {
    const [all, rest] = [await measure('residual'), await measure('residual', 1)];
    expect(rest).toEqual(all.slice(1));
    const whole = await activationPatching(bert, texts[1], texts[0], ['blocks.1.residual.after']);
    expect(whole[0]!.recovered).toBeCloseTo(1, 5);
  });

  test('rejects texts of different numbers of tokens', async () => {
    const params = {
      model: 'bert-mini',
      texts: [texts[0], '나는'],
      kind: 'heads',
      layer: 0,
      fromRow: 0,
    } as const;
    await expect(patch.run(store, params, context())).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });
});

test('the stream has the length of each token’s vector, and the cosines of words in both texts', async () => {
  const edits = [{ layer: 0, head: 1, edit: 0 }];
  const other = '나는 커피를 먹는다';
  const params = { model: 'bert-mini', text, edits, other } as const;
  const { norms, tokens: shown, words, similarities } = await stream.run(store, params, context());
  const names = ['embeddings', 'blocks.0.residual.after', 'blocks.1.residual.after'];
  const hooks = { 'blocks.0.attention.heads.1.context': silence() };
  const { activations, tokens: expected } = await bert.record(text, names, { hooks });
  expect(shown).toEqual(expected);
  names.forEach((name, layer) => {
    const { data } = activations.get(name)!;
    norms[layer]!.forEach((length, i) => {
      expect(length).toBeCloseTo(Math.hypot(...data.subarray(64 * i, 64 * i + 64)), 4);
    });
  });
  expect(words).toEqual(['나는', '커피를']);
  const cosines = await contextualSimilarity(bert, '커피를', [text, other]);
  expect(similarities.map((row) => row[1])).toEqual([...cosines]);
  const gptParams = { model: 'gpt-mini', text: 'I love you', edits: [], other: '' } as const;
  const decoder = await stream.run(store, gptParams, context());
  expect(decoder.norms).toHaveLength(gpt.config.numHiddenLayers + 1);
  expect([decoder.words, decoder.similarities]).toEqual([[], []]);
});

describe('files that the visitor opened', () => {
  const filesOf = async (id: ModelId): Promise<Record<string, Blob>> =>
    Object.fromEntries(
      await Promise.all(
        installedFiles(id).map(async ([name, path]) => [name, await openAsBlob(path)] as const),
      ),
    );
  const openAs = async (id: ModelId) => openFiles.run(store, { files: await filesOf(id) }, context());

  test('are a model of their own kind, in place of those before', async () => {
    const bytes = (await filesOf('bert-mini'))['model.safetensors']!.size;
    const local = await openAs('bert-mini');
    expect(local).toMatchObject({ id: 'local-encoder', name: 'model.safetensors' });
    expect(local.bytes).toBeGreaterThan(bytes);
    const params = { model: local.id as 'local-encoder', text, edits: [], lens: tokens, opened };
    const reading = await read.run(store, params, context());
    expect(reading.map.data).toEqual((await bert.trace(text)).attention.map(1, 2));
    const decoder = await openAs('gpt-mini');
    expect(decoder.id).toBe('local-decoder');
    const words = { ...params, model: 'local-decoder', text: 'I love you' } as const;
    expect((await read.run(store, words, context())).causal).toBe(true);
    expect((await openAs('dates-transformer')).id).toBe('local-pair');
    const pair = await readPair.run(store, { model: 'local-pair', text: '11/28/2029', edits: [] }, context());
    expect(pair.cross.keys.length).toBeGreaterThan(4);
  });

  test.each([
    ['missing', ['tokenizer.json', 'tokenizer_config.json']],
    ['missing', ['model.safetensors']],
  ] as const)('lack something: %s without %j', async (problem, left) => {
    const files = await filesOf('bert-mini');
    for (const name of left) delete files[name];
    const error = await openFiles.run(store, { files }, context()).catch((reason: unknown) => reason);
    expect(fileProblemOf(error)).toBe(problem);
  });

  test('are refused in words: damaged, not supported, without attention', async () => {
    const files = await filesOf('bert-mini');
    const damaged = { ...files, 'model.safetensors': new Blob(['no weights']) };
    const other = { ...files, 'config.json': new Blob(['{"model_type":"mamba"}']) };
    const problems = [];
    for (const broken of [damaged, other, await filesOf('dates-attention')]) {
      const error = await openFiles
        .run(store, { files: broken }, context())
        .catch((reason: unknown) => reason);
      problems.push(fileProblemOf(error));
    }
    expect(problems).toEqual(['damaged', 'unsupported', 'unsupported']);
  });
});

describe('the origin of a weight', () => {
  const params = { model: 'bert-mini', text, edits: [], layer: 1, head: 2, query: 4, key: 2 } as const;

  test('is the softmax of scores, which are products of query and key', async () => {
    const { weights, scores, query, keyVector, scale } = await why.run(
      store,
      { ...params, feature: undefined },
      context(),
    );
    const { attention, tokens } = await bert.trace(text);
    expect(weights[2]).toBeCloseTo(attention.map(1, 2)[4 * tokens.length + 2]!, 6);
    expect(probabilities(Float32Array.from(scores))[2]).toBeCloseTo(weights[2]!, 5);
    const dot = query.reduce((sum, value, i) => sum + value * keyVector[i]!, 0);
    expect(scale).toBeCloseTo(1 / Math.sqrt(16), 12);
    expect(dot * scale).toBeCloseTo(scores[2]!, 4);
  });

  test('goes back to rows of the weights in the file, and to what wrote the stream', async () => {
    const { projection, writers } = await why.run(store, { ...params, feature: 5 }, context());
    const { value, bias, terms, rest, others } = projection!;
    expect(terms.reduce((sum, { product }) => sum + product, rest + bias)).toBeCloseTo(value, 4);
    expect(others).toBe(64 - 8);
    const file = await openCheckpoint(resolveSource(folderOf('bert-mini')));
    const name = file.names.find((key) => key.endsWith('layer.1.attention.self.query.weight'))!;
    const matrix = fromFloat16((await file.read(name)).bytes);
    for (const { input, weight, x, product } of terms) {
      expect(weight).toBeCloseTo(matrix[(2 * 16 + 5) * 64 + input]!, 4);
      expect(product).toBeCloseTo(weight * x, 8);
    }
    const { activations } = await bert.trace(text, { record: ['blocks.0.attention.heads.3.output'] });
    const row = activations.get('blocks.0.attention.heads.3.output')!.data.subarray(4 * 64, 5 * 64);
    const found = writers.find(({ kind, layer, head }) => kind === 'head' && layer === 0 && head === 3);
    expect(found?.norm).toBeCloseTo(Math.hypot(...row), 5);
    expect(writers.map(({ kind }) => kind).sort()).toEqual([
      'embeddings',
      'feedForward',
      ...Array(4).fill('head'),
    ]);
  });
});

describe('a reading of gpt-mini', () => {
  const words = 'I love you';

  test('is causal, and says how much of the next token’s probability moves without a head', async () => {
    const edits = [{ layer: 2, head: 1, edit: 0 }];
    const params = { model: 'gpt-mini', text: words, edits, lens: tokens, opened } as const;
    const { effect, causal, map } = await read.run(store, params, context());
    const hooks = { 'blocks.2.attention.heads.1.context': silence() };
    const [full, without] = [await gpt.trace(words), await gpt.trace(words, { hooks })];
    const [p, q] = [probabilities(full.logits.data), probabilities(without.logits.data)];
    expect(causal).toBe(true);
    expect(map.data).toEqual(without.attention.map(1, 2));
    const moved = p.reduce((sum, value, i) => sum + Math.abs(value - q[i]!), 0) / 2;
    expect(effect).toEqual({ kind: 'shift', size: expect.closeTo(moved, 5) });
  });

  test('ends in the token that the model predicts, by the logit lens', async () => {
    const lens = await logitLens.run(store, { model: 'gpt-mini', text: words }, context());
    const p = probabilities((await gpt.trace(words)).logits.data);
    const best = p.indexOf(Math.max(...p));
    expect(lens.layers).toHaveLength(4);
    const last = lens.layers.at(-1)!.at(-1)!;
    expect(last.token).toBe(gpt.tokenizer.decode([best]));
    expect(last.probability).toBeCloseTo(p[best]!, 4);
  });

  test('has the start of a text that is longer than the model reads', async () => {
    const long = 'love '.repeat(60);
    const params = { model: 'gpt-mini', text: long, edits: [], lens: tokens, opened } as const;
    const reading = await read.run(store, params, context());
    expect([reading.tokens.length, reading.totalTokens]).toEqual([128, 301]);
    expect(`${reading.text}|${reading.unread.length}`).toBe(`${long}|${long.length - 127}`);
    expect(reading.side).toBe(64);
  });
});
