import { bleuMetric, chrf, chrfMetric, pairedBootstrap } from '@headwise/core/metrics';
import { allDomains, type Domain, type RealPair, realPairs } from '../../data/pairs/index.ts';
import type { DataSet } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import { subwordTokenizer } from '../../sequences/tokenizers.ts';
import { NearestSources, type Neighbour } from './nearest.ts';
import { type Interval, type SystemScores, signatures, systemScores } from './scores.ts';
import {
  type Evaluation,
  type Plan,
  partOf,
  settings,
  type Training,
  trainPart,
  translations,
} from './train.ts';

/** The translation of a test pair by all systems but the copy. */
export interface TestOutput {
  readonly source: string;
  readonly reference: string;
  /** Of the model, with beam search. */
  readonly output: string;
  readonly greedy: string;
  readonly nearest: string;
  /** Of the source and the nearest one: cosine, 0 to 1. */
  readonly similarity: number;
  readonly domain: Domain;
}

export interface Difference {
  readonly difference: number;
  readonly interval: Interval;
  readonly pValue: number;
}

/** Scores of the systems on some of the test pairs. */
export interface GroupScores {
  readonly group: string;
  readonly model: SystemScores;
  readonly nearest: SystemScores;
  readonly copy: SystemScores;
  /** chrF of the model minus that of the nearest neighbour. */
  readonly gain: Difference;
}

export interface CurvePoint {
  readonly pairs: number;
  readonly steps: number;
  readonly epochs: number;
  readonly validationLoss: number;
  readonly evaluations: readonly Evaluation[];
  /** Greedy. */
  readonly model: SystemScores;
  readonly nearest: SystemScores;
}

/** An output chosen by the rank of its chrF within its domain. */
export interface Example extends TestOutput {
  readonly percentile: number;
  readonly chrf: number;
}

export interface EnglishKoreanResult {
  readonly settings: typeof settings;
  readonly sizes: { readonly train: number; readonly validation: number; readonly test: number };
  readonly training: Training;
  readonly signatures: ReturnType<typeof signatures>;
  readonly all: GroupScores;
  readonly domains: readonly GroupScores[];
  readonly similarities: readonly GroupScores[];
  readonly greedy: SystemScores;
  /** Beam search with the weights as they are shipped. */
  readonly eightBits: SystemScores;
  /** Beam search minus greedy. */
  readonly beams: { readonly chrf: Difference; readonly bleu: Difference };
  readonly curve: readonly CurvePoint[];
  readonly examples: readonly Example[];
  readonly outputs: readonly TestOutput[];
}

export const BEAMS = 4;
const PERCENTILES = [10, 50, 90];
/** Outputs without which there are no examples of a domain. */
const LEAST_RANKED = 10;
/** Domains with fewer test pairs are scored in the whole alone. */
const LEAST_PAIRS = 40;
const SIMILARITIES = [0, 0.3, 0.45, 0.6, 1];
const plans: readonly Plan[] = [{ divisor: 1, steps: 8000 }];
const quickPlans: readonly Plan[] = [
  { divisor: 1, steps: 8 },
  { divisor: 4, steps: 4 },
];

/** The models that are trained: the first one is shipped. */
export const plansOf = (lab: Lab): readonly Plan[] => lab.size(plans, quickPlans);

interface RealTask extends SequenceTask {
  readonly data: DataSet<RealPair> & { readonly longer: readonly [] };
}

/** The data with its tokenizer, which is trained on all training texts, also for the models that learn from a part of them. */
export async function loadTask(lab: Lab): Promise<RealTask> {
  const all = await realPairs();
  const few = (pairs: readonly RealPair[], count: number) =>
    lab.quick ? pairs.filter((_, i) => i % Math.ceil(pairs.length / count) === 0) : pairs;
  const data = {
    train: few(all.train, 800),
    validation: few(all.validation, 50),
    test: few(all.test, 60),
    longer: [] as const,
  };
  const texts = all.train.flatMap(({ source, target }) => [source, target]);
  return { name: 'english-korean', data, ...(await subwordTokenizer(texts, settings.vocabSize)) };
}

export const run = (lab: Lab): Promise<EnglishKoreanResult> => runPlans(lab, plansOf(lab));

/** @param plans of which the first one is reported in detail */
export async function runPlans(lab: Lab, plans: readonly Plan[]): Promise<EnglishKoreanResult> {
  const task = await loadTask(lab);
  const { train, validation, test } = task.data;
  const references = test.map(({ target }) => target);
  const main = plans[0]!;
  const training = await trainPart(lab, task, main);
  const beam = await translations(lab, task, main, BEAMS);
  const greedy = await translations(lab, task, main, 1);
  const neighbours = nearestOf(train, test);
  const outputs = test.map(({ source, target, domain }, i) => ({
    source,
    reference: target,
    output: beam[i]!,
    greedy: greedy[i]!,
    nearest: neighbours[i]!.pair.target,
    similarity: neighbours[i]!.similarity,
    domain,
  }));
  const curve: CurvePoint[] = [];
  for (const plan of plans) curve.push(await curvePoint(lab, task, plan));
  return {
    settings,
    sizes: { train: train.length, validation: validation.length, test: test.length },
    training,
    signatures: signatures(beam, references),
    all: groupScores('', outputs),
    domains: byDomain(outputs, lab.size(LEAST_PAIRS, 10)),
    similarities: bySimilarity(outputs),
    greedy: systemScores(greedy, references),
    eightBits: systemScores(await translations(lab, task, main, BEAMS, 'I8'), references),
    beams: {
      chrf: difference(beam, greedy, references, chrfMetric()),
      bleu: difference(beam, greedy, references, bleuMetric({ tokenize: 'char' })),
    },
    curve,
    examples: byDomain(outputs, lab.size(LEAST_PAIRS, 10)).flatMap(({ group }) =>
      examplesOf(outputs.filter(({ domain }) => domain === group)),
    ),
    outputs,
  };
}

function nearestOf(train: readonly RealPair[], test: readonly RealPair[]): Neighbour<RealPair>[] {
  const sources = new NearestSources(train);
  return test.map(({ source }) => sources.find(source));
}

async function curvePoint(lab: Lab, task: RealTask, plan: Plan): Promise<CurvePoint> {
  const { train, test } = task.data;
  const references = test.map(({ target }) => target);
  const { pairs, steps, evaluations } = await trainPart(lab, task, plan);
  const nearest = nearestOf(partOf(train, plan.divisor, lab.seed), test);
  return {
    pairs,
    steps,
    epochs: evaluations.at(-1)!.epoch,
    validationLoss: evaluations.at(-1)!.loss,
    evaluations,
    model: systemScores(await translations(lab, task, plan, 1), references),
    nearest: systemScores(
      nearest.map(({ pair }) => pair.target),
      references,
    ),
  };
}

function difference(
  a: readonly string[],
  b: readonly string[],
  references: readonly string[],
  metric: ReturnType<typeof chrfMetric>,
): Difference {
  const { difference, interval, pValue } = pairedBootstrap(a, b, references, metric);
  return { difference, interval, pValue };
}

function groupScores(group: string, outputs: readonly TestOutput[]): GroupScores {
  const references = outputs.map(({ reference }) => reference);
  const model = outputs.map(({ output }) => output);
  const nearest = outputs.map(({ nearest }) => nearest);
  return {
    group,
    model: systemScores(model, references),
    nearest: systemScores(nearest, references),
    copy: systemScores(
      outputs.map(({ source }) => source),
      references,
    ),
    gain: difference(model, nearest, references, chrfMetric()),
  };
}

function byDomain(outputs: readonly TestOutput[], least: number): GroupScores[] {
  return allDomains.flatMap((wanted) => {
    const members = outputs.filter(({ domain }) => domain === wanted);
    return members.length < least ? [] : [groupScores(wanted, members)];
  });
}

function bySimilarity(outputs: readonly TestOutput[]): GroupScores[] {
  return SIMILARITIES.slice(1).flatMap((to, i) => {
    const from = SIMILARITIES[i]!;
    const isLast = i === SIMILARITIES.length - 2;
    const members = outputs.filter(({ similarity }) => similarity >= from && (similarity < to || isLast));
    return members.length === 0 ? [] : [groupScores(`${from.toFixed(2)}–${to.toFixed(2)}`, members)];
  });
}

/**
 * The outputs at some percentiles of chrF, of sources with at least three words: worse ones, middling ones and better ones, without a choice by
 * hand. Equal scores are ordered by source. None of fewer than ten such sources.
 */
export function examplesOf(outputs: readonly TestOutput[]): Example[] {
  const ranked = outputs
    .filter(({ source }) => source.split(' ').length >= 3)
    .map((output) => ({ ...output, chrf: chrf([output.output], [output.reference]).score }))
    .sort((a, b) => a.chrf - b.chrf || (a.source < b.source ? -1 : 1));
  if (ranked.length < LEAST_RANKED) return [];
  return PERCENTILES.map((percentile) => ({
    ...ranked[Math.round((percentile / 100) * (ranked.length - 1))]!,
    percentile,
  }));
}
