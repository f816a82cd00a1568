/** What can be trained in the page. The ids are those of the room's addresses. */
export const EXPERIMENT_IDS = [
  'dates-attention',
  'dates-fixed',
  'dates-transformer',
  'sentences',
  'characters',
] as const;

export type ExperimentId = (typeof EXPERIMENT_IDS)[number];

/** Cells of recurrent models. */
export const CELLS = ['gru', 'lstm'] as const;
export type Cell = (typeof CELLS)[number];

/** `recurrent` and `transformer` are encoder–decoders, `decoder` continues texts. */
export type Architecture = 'recurrent' | 'transformer' | 'decoder';

/** An experiment, with the settings that it begins with. */
export interface Experiment {
  readonly architecture: Architecture;
  readonly data: 'dates' | 'sentences' | 'characters';
  /** Whether a recurrent decoder reads all states of its encoder; else it has the last one alone. */
  readonly attention: boolean;
  readonly steps: number;
  /** Texts of a step. */
  readonly batch: number;
  readonly rate: number;
  readonly width: number;
}

export const EXPERIMENTS: Readonly<Record<ExperimentId, Experiment>> = {
  'dates-attention': {
    architecture: 'recurrent',
    data: 'dates',
    attention: true,
    steps: 400,
    batch: 16,
    rate: 0.01,
    width: 64,
  },
  'dates-fixed': {
    architecture: 'recurrent',
    data: 'dates',
    attention: false,
    steps: 400,
    batch: 16,
    rate: 0.01,
    width: 64,
  },
  'dates-transformer': {
    architecture: 'transformer',
    data: 'dates',
    attention: true,
    steps: 600,
    batch: 16,
    rate: 0.003,
    width: 64,
  },
  sentences: {
    architecture: 'recurrent',
    data: 'sentences',
    attention: true,
    steps: 800,
    batch: 32,
    rate: 0.005,
    width: 96,
  },
  characters: {
    architecture: 'decoder',
    data: 'characters',
    attention: true,
    steps: 600,
    batch: 16,
    rate: 0.003,
    width: 64,
  },
};

export const WIDTHS = [32, 64, 96, 128] as const;
export const HEADS = [1, 2, 4, 8] as const;

/** What a run depends on. The same settings give the same run. */
export interface RunSettings {
  readonly experiment: ExperimentId;
  /** Of the first weights, the data and its order. */
  readonly seed: number;
  /** Learning rate. */
  readonly rate: number;
  /** Numbers in a state of a recurrent model or in a token's vector of a transformer. */
  readonly width: number;
  /** Heads of a transformer's layers. */
  readonly heads: number;
  /** Of a recurrent model. */
  readonly cell: Cell;
}

/** Looks at the model during a run, the one before the first step not counted. */
export const LOOKS = 40;

/** Steps from one look to the next. */
export function stepsBetweenLooks({ steps }: Experiment): number {
  return Math.max(1, Math.round(steps / LOOKS));
}
