import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What experiments leave on disk between runs. Not in version control. */
const RUNS = join(import.meta.dirname, '..', '..', 'runs');

export interface LabOptions {
  readonly seed: number;
  /** Small sizes, to try whether an experiment runs; its figures mean nothing. */
  readonly quick: boolean;
  /** Folder of finished units. Default: `experiments/runs`. */
  readonly runs?: string;
}

/** A value that JSON represents. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Where an experiment runs: its seed, and its finished units. A unit, such as one trained model with its scores, is stored when it is
 * finished; a run that was interrupted goes on with the next one.
 */
export class Lab {
  readonly seed: number;
  readonly quick: boolean;
  readonly #folder: string;

  /** @param name of the experiment */
  constructor(name: string, { seed, quick, runs = RUNS }: LabOptions) {
    this.seed = seed;
    this.quick = quick;
    this.#folder = join(runs, name, `${quick ? 'quick' : 'seed'}-${seed}`);
  }

  /** The first of two values, or with `--quick` the second. */
  size<T>(full: T, quick: T): T {
    return this.quick ? quick : full;
  }

  log(message: string): void {
    console.error(message);
  }

  /** Path of a file of this experiment and seed, such as a trained model. Its folder is created. */
  path(...parts: readonly string[]): string {
    const path = join(this.#folder, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /**
   * The result of a unit: the stored one if it was computed with the same settings, else that of `compute`.
   *
   * @param key name of the unit, unique in the experiment
   * @param settings all that the result depends on, besides the seed and the code
   */
  async unit<T>(key: string, settings: Json, compute: () => T | Promise<T>): Promise<T> {
    const file = this.path('units', `${key}.json`);
    const wanted = JSON.stringify(settings);
    if (existsSync(file)) {
      const stored = JSON.parse(readFileSync(file, 'utf8')) as { settings: Json; result: T };
      if (JSON.stringify(stored.settings) === wanted) return stored.result;
    }
    const start = process.cpuUsage();
    const result = await compute();
    const { user, system } = process.cpuUsage(start);
    writeJson(file, { settings, result });
    this.log(`${key}: done, ${((user + system) / 1e6).toFixed(1)} s of CPU`);
    // As it will be read the next time: the same without functions, undefined values and typed arrays.
    return JSON.parse(JSON.stringify(result)) as T;
  }
}

/** Writes a JSON file as a whole: an interrupted run leaves the former one or none. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, `${JSON.stringify(value, null, 1)}\n`);
  renameSync(`${path}.tmp`, path);
}
