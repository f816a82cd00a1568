import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ShippedModel, ship } from '../shipping/ship.ts';
import { replaceBlock } from './blocks.ts';
import { Lab, writeJson } from './lab.ts';

export type Language = 'en' | 'ko';

/** A question, and how it is answered. */
export interface Experiment<Result> {
  /** As in `npm run experiment -- NAME`, in kebab case. */
  readonly name: string;
  readonly about: string;
  /** Trains, measures, and returns all numbers that are reported. Deterministic by `lab.seed`, times excepted. */
  run(lab: Lab): Promise<Result>;
  /** The figures as SVG, by name: `NAME-FIGURE.svg`, or `NAME.svg` for the name `''`. */
  figures?(result: Result, language: Language): Readonly<Record<string, string>>;
  /** The models of `@headwise/models` that it has trained, from the files that `run` has left in the lab. */
  models?(result: Result, lab: Lab): Promise<readonly ShippedModel[]>;
  /** The numbers as Markdown tables, for the documentation. */
  tables(result: Result, language: Language): string;
}

/** The contents of a results file. */
export interface Results<Result> {
  readonly experiment: string;
  readonly seed: number;
  readonly result: Result;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCUMENTS: Readonly<Record<Language, string>> = {
  en: 'docs/experiments.md',
  ko: 'docs/experiments.ko.md',
};

/** Path of the committed results of an experiment. */
export const resultsPath = (name: string): string => join(ROOT, 'experiments', 'results', `${name}.json`);

/** The committed results of an experiment. */
export function readResults<Result>(name: string): Results<Result> {
  return JSON.parse(readFileSync(resultsPath(name), 'utf8')) as Results<Result>;
}

export interface RunOptions {
  readonly seed: number;
  readonly quick: boolean;
  /** File for the results, in place of the committed one and of the documentation. */
  readonly json: string | undefined;
}

/**
 * Runs an experiment and prints its tables. A full run with seed 0 writes `experiments/results/NAME.json`, the figures in `docs/figures`, and the
 * tables in the documentation, and the models of `@headwise/models`; other runs write only where `json` says.
 */
export async function runExperiment<Result>(
  experiment: Experiment<Result>,
  { seed, quick, json }: RunOptions,
): Promise<void> {
  const { name } = experiment;
  const lab = new Lab(name, { seed, quick });
  const result = await experiment.run(lab);
  console.log(experiment.tables(result, 'en'));
  const results: Results<Result> = { experiment: name, seed, result };
  if (json !== undefined) writeJson(json, results);
  else if (!quick && seed === 0) {
    writeJson(resultsPath(name), results);
    publish(experiment);
    for (const model of (await experiment.models?.(result, lab)) ?? []) ship(model);
  }
}

/** Writes the figures and the tables of the committed results into the documentation. */
export function publish<Result>(experiment: Experiment<Result>): void {
  const { result } = readResults<Result>(experiment.name);
  for (const [path, text] of documentsOf(experiment, result)) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

/** The files of the documentation that show a result, with their contents. */
export function documentsOf<Result>(experiment: Experiment<Result>, result: Result): Map<string, string> {
  const files = new Map<string, string>();
  for (const language of ['en', 'ko'] as const) {
    const figures = experiment.figures?.(result, language) ?? {};
    for (const [figure, svg] of Object.entries(figures)) {
      const suffix = [figure, language === 'en' ? '' : language].filter((part) => part !== '');
      files.set(join(ROOT, 'docs', 'figures', `${[experiment.name, ...suffix].join('-')}.svg`), svg);
    }
    const path = join(ROOT, DOCUMENTS[language]);
    const document = readFileSync(path, 'utf8');
    files.set(path, replaceBlock(document, experiment.name, experiment.tables(result, language)));
  }
  return files;
}
