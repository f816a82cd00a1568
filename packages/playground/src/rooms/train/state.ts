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

/** One of some numbers. */
function numbersField(key: string, choices: readonly number[], initial: number): Field<number> {
  return {
    key,
    default: initial,
    parse: (text) => choices.find((choice) => String(choice) === text),
    print: String,
  };
}

/** A positive number; undefined for that of the experiment. */
const rateField: Field<number | undefined> = {
  key: 'rate',
  default: undefined,
  parse(text) {
    const rate = Number(text);
    return text.trim() !== '' && rate > 0 && rate < Infinity ? rate : undefined;
  },
  print: (rate) => (rate === undefined ? '' : String(rate)),
};

export const MAX_SEED = 2 ** 32 - 1;

/** What the address of Train holds: all that a run depends on, and the look that is shown. */
export const schema = {
  seed: numberField('seed', 1, { min: 0, max: MAX_SEED, integer: true }),
  rate: rateField,
  width: numbersField('width', WIDTHS, 64),
  heads: numbersField('heads', HEADS, 4),
  cell: choiceField('cell', CELLS, 'gru'),
  /** The step of the look that is shown; 0 for the last one. */
  at: numberField('at', 0, { min: 0, max: 100_000, integer: true }),
};

export type TrainValues = ValuesOf<typeof schema>;

/** The settings of a run. What its architecture does not have is at its default, so that runs are equal if their numbers are. */
export function settingsOf(experiment: ExperimentId, values: TrainValues): RunSettings {
  const { architecture, rate } = EXPERIMENTS[experiment];
  return {
    experiment,
    seed: values.seed,
    rate: values.rate ?? rate,
    width: values.width,
    heads: architecture === 'recurrent' ? schema.heads.default : values.heads,
    cell: architecture === 'recurrent' ? values.cell : schema.cell.default,
  };
}

/** Rates to choose from: from too small over the experiments' own to absurd ones, with which a transformer's numbers are not finite. */
export const RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1, 1000, 1e20] as const;
