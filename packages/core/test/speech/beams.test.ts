import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logMel } from '../../src/speech/features/log-mel.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { type BeamSettings, WindowBeams } from '../../src/speech/transcribe/beam-search.ts';
import { noise } from '../helpers/noise.ts';
import { randomNumbers } from '../helpers/safetensors.ts';
import { TINY_WHISPER, tinyWhisperFiles, tinyWhisperGeneration } from '../helpers/tiny-whisper.ts';
import { referenceDecoder, referenceEncoder } from '../helpers/whisper-reference.ts';

const [END, START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS] = [256, 257, 258, 261, 265];

type Row = readonly number[];
type Text = readonly [ids: readonly number[], sum: number];

/** Beam search over whole sequences, as `decoding.py` describes it. `logitsOf` gives the next token's logits after a text. */
function searched(
  logitsOf: (ids: readonly number[]) => Row,
  { beamSize, patience, lengthPenalty }: BeamSettings,
  end: number,
  maxTokens: number,
): Text {
  const mostFinished = Math.round(beamSize * patience);
  const finished: Text[] = [];
  let beams: Text[] = [[[], 0]];
  for (let length = 0; length < maxTokens && finished.length < mostFinished; length++) {
    const scores = new Map<string, Text>();
    for (const [ids, sum] of beams) {
      const row = logitsOf(ids);
      const total = Math.log(row.reduce((all, logit) => all + Math.exp(logit), 0));
      const best = [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, beamSize + 1);
      for (const id of best) scores.set([...ids, id].join(), [[...ids, id], sum + row[id]! - total]);
    }
    beams = [];
    for (const [ids, sum] of [...scores.values()].sort(([, a], [, b]) => b - a)) {
      if (sum === -Infinity) break;
      if (ids.at(-1) !== end) beams.push([ids, sum]);
      else if (finished.length < mostFinished) finished.push([ids.slice(0, -1), sum]);
      if (beams.length === beamSize) break;
    }
  }
  const open = beams.slice(0, Math.max(0, beamSize - finished.length));
  const score = ([{ length }, sum]: Text) =>
    sum / (lengthPenalty === undefined ? length : ((5 + length) / 6) ** lengthPenalty);
  return [...finished, ...open].sort((a, b) => score(b) - score(a))[0]!;
}

describe('WindowBeams', () => {
  /** Logits of five tokens, of which the last ends a text; fixed for a text. */
  const logitsOf = (ids: readonly number[]): Row => {
    const next = randomNumbers(ids.reduce((seed, id) => seed * 7 + id + 1, 5));
    return Array.from({ length: 5 }, (_, id) =>
      id === 4 && ids.length === 0 ? -Infinity : next() / 2 ** 30,
    );
  };

  test.each<BeamSettings>([
    { beamSize: 1, patience: 1, lengthPenalty: undefined },
    { beamSize: 2, patience: 1, lengthPenalty: undefined },
    { beamSize: 3, patience: 2, lengthPenalty: undefined },
    { beamSize: 3, patience: 0.4, lengthPenalty: 0 },
    { beamSize: 4, patience: 1, lengthPenalty: 1 },
    { beamSize: 4, patience: 1.5, lengthPenalty: -0.6 },
  ])('finds the text of the rules with %o', (settings) => {
    for (const maxTokens of [1, 3, 6]) {
      const search = new WindowBeams(settings, 4, maxTokens);
      for (let length = 9; ; length++) {
        const rows = search.beams.map((ids) => Float32Array.from(logitsOf(ids)));
        const before = search.beams;
        const step = search.advance(rows, length);
        if (!step) break;
        // What the slots have after the copies are the beams' tokens but the last.
        const slots = before.map(String);
        for (const { from, to, length: copied } of step.copies) {
          expect(copied).toBe(length);
          slots[to] = String(before[from]);
        }
        expect(search.beams.map((ids) => String(ids.slice(0, -1)))).toEqual(slots.slice(0, step.ids.length));
        expect(search.beams.map((ids) => ids.at(-1))).toEqual([...step.ids]);
      }
      const [ids, sum] = searched(logitsOf, settings, 4, maxTokens);
      expect(search.best.ids).toEqual(ids);
      expect(search.best.sum).toBeCloseTo(sum, 4);
    }
  });
});

describe('transcribe with beams', () => {
  let model: SpeechModel;
  beforeAll(async () => {
    model = await loadSpeech(tinyWhisperFiles());
  });
  afterAll(() => model.dispose());

  test('finds the text that the definition of the model has', async () => {
    const { num_mel_bins: bins, max_source_positions: positions } = TINY_WHISPER;
    const samples = noise(0.8);
    const mel = await logMel(samples, { bins, padding: 16_000 });
    const states = referenceEncoder(
      Array.from({ length: 2 * positions }, (_, i) => [...mel.data.subarray(i * bins, (i + 1) * bins)]),
    );
    const { suppress_tokens: suppressed, begin_suppress_tokens: first } = tinyWhisperGeneration;
    const logitsOf = (ids: readonly number[]): Row =>
      referenceDecoder([START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS, ...ids], states)
        .logits.at(-1)!
        .map((logit, id) => {
          const isForbidden = suppressed.includes(id) || (ids.length === 0 && first.includes(id));
          return isForbidden || id >= NO_TIMESTAMPS ? -Infinity : logit;
        });
    const [ids, sum] = searched(logitsOf, { beamSize: 3, patience: 1, lengthPenalty: undefined }, END, 6);
    const { segments } = await model.transcribe(samples, {
      language: 'en',
      timestamps: 'none',
      temperature: 0,
      noSpeechThreshold: 1,
      maxTokens: 6,
      beamSize: 3,
    });
    expect(segments[0]!.ids).toEqual(ids);
    expect(segments[0]!.averageLogProbability).toBeCloseTo(sum / (ids.length + 1), 4);
  });

  test('obeys the rules of timestamps, with words and hooks', async () => {
    let passes = 0;
    const { segments } = await model.transcribe(noise(1.5), {
      language: 'en',
      timestamps: 'word',
      temperature: 0,
      noSpeechThreshold: 1,
      maxTokens: 12,
      beamSize: 4,
      patience: 2,
      lengthPenalty: 1,
      hooks: { 'decoder.logits': () => void passes++ },
    });
    expect(passes).toBeGreaterThan(2);
    expect(segments.length).toBeGreaterThan(0);
    for (const { text, start, end, words } of segments) {
      expect(end).toBeGreaterThan(start);
      expect(words!.map((word) => word.text).join('')).toBe(text);
    }
  });
});
