import { logMel, readWav, resample, toSrt, toVtt } from '../../src/speech.ts';
import { wavFile } from '../helpers/wav.ts';
import { c } from './call.ts';
import { signal } from './subjects.ts';
import type { Call } from './wrong-arguments.ts';

const words = [{ text: 'a', start: 0, end: 1, probability: 1 }];
const segments = [{ text: 'a', start: 0, end: 1, words }];

/** The functions of the entry `@headwise/core/speech` that need no model. */
export const speechCalls: readonly Call[] = [
  c('logMel', [new Float32Array(800), { bins: 6, padding: 0, signal }], logMel),
  c('readWav', [wavFile([[0, 0.5]], { encoding: 'pcm', bits: 16 })], readWav),
  c('resample', [new Float32Array(80), 8000, 16_000, signal], resample),
  c('toSrt', [{ segments }], toSrt),
  c('toVtt', [{ segments }], toVtt),
];
