import { choiceField, type Field, numberField, type ValuesOf } from '../../app/url-schema.ts';
import {
  CELLS,
  EXPERIMENT_IDS,
  EXPERIMENTS,
  type ExperimentId,
  HEADS,
  type RunSettings,
  WIDTHS,
} from '../../engine/train/experiments.ts';

/** The experiment of an address; undefined for one that there is not. */
export function experimentOf(part: string): ExperimentId | undefined {
  return part === '' ? EXPERIMENT_IDS[0] : EXPERIMENT_IDS.find((id) => id === part);
}

/** A number; undefined for that of the experiment. */
function ownField(key: string, isValue: (value: number) => boolean): Field<number | undefined> {
  return {
    key,
    default: undefined,
    parse: (text) => (text.trim() !== '' && isValue(Number(text)) ? Number(text) : undefined),
    print: (value) => (value === undefined ? '' : String(value)),
  };
}

const oneOf =
  (choices: readonly number[]) =>
  (value: number): boolean =>
    choices.includes(value);

/** Heads of transformers until the visitor chooses. */
const USUAL_HEADS = 4;

export const MAX_SEED = 2 ** 32 - 1;

/** What the address of Train holds: all that a run depends on, and the look that is shown. */
export const schema = {
  seed: numberField('seed', 1, { min: 0, max: MAX_SEED, integer: true }),
  rate: ownField('rate', (rate) => rate > 0 && rate < Infinity),
  width: ownField('width', oneOf(WIDTHS)),
  heads: ownField('heads', oneOf(HEADS)),
  cell: choiceField('cell', CELLS, 'gru'),
  /** The step of the look that is shown; 0 for the last one. */
  at: numberField('at', 0, { min: 0, max: 100_000, integer: true }),
};

export type TrainValues = ValuesOf<typeof schema>;

/** The settings of a run. What its architecture does not have is at its default, so that runs are equal if their numbers are. */
export function settingsOf(experiment: ExperimentId, values: TrainValues): RunSettings {
  const { architecture, rate, width } = EXPERIMENTS[experiment];
  return {
    experiment,
    seed: values.seed,
    rate: values.rate ?? rate,
    width: values.width ?? width,
    heads: architecture === 'recurrent' ? USUAL_HEADS : (values.heads ?? USUAL_HEADS),
    cell: architecture === 'recurrent' ? values.cell : schema.cell.default,
  };
}

/** Rates to choose from: from too small over the experiments' own to absurd ones, with which a transformer's numbers are not finite. */
export const RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1, 1000, 1e20] as const;
