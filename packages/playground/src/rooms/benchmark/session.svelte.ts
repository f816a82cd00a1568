import { type Report, withRatios } from '@headwise/benchmarks/page';
import { type Engine, MODELS_URL } from '../../app/engine.svelte.ts';
import { type Failure, failureOf } from '../../app/failure.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import {
  CONTENDER_IDS,
  CONTENDERS,
  type Contender,
  type ContenderId,
  canDo,
  type WorkId,
} from '../../engine/benchmark/contenders.ts';
import { MOST_PACE_CHANGE } from '../../engine/benchmark/pace.ts';
import { fetchPeerFiles, type PeerFiles } from '../../engine/benchmark/peer-files.ts';
import { EngineStoppedError, isAbort } from '../../engine/client.ts';
import type { BenchmarkProgress, BenchmarkRow } from '../../engine/jobs/benchmark.ts';
import { describeMachine, type PageMachine, type VoidReason, watchConditions } from './machine.ts';
import { type BenchmarkValues, BUDGETS, type RunLength, type schema } from './state.ts';

/** The folder of the engines of others. */
const PEERS_URL = new URL(`${import.meta.env.BASE_URL}peers/`, document.baseURI).href;

/** A run that ended. */
export interface Measured extends Report {
  readonly rows: readonly BenchmarkRow[];
  readonly machine: PageMachine;
  readonly work: WorkId;
  readonly paceChange: number;
  /** Why it says nothing. */
  readonly void: VoidReason | undefined;
}

/** Why a contender cannot take part. */
export type Obstacle = 'work' | 'missing';

/** Measures what the room shows. */
export class Session {
  peers = $state.raw<PeerFiles>({});
  measured = $state.raw<Measured | undefined>();
  progress = $state.raw<BenchmarkProgress | undefined>();
  /** Why the last run was broken off. */
  brokenOff = $state.raw<VoidReason | undefined>();
  error = $state.raw<Failure | undefined>();
  readonly #engine: Engine;
  readonly #url: UrlState<typeof schema>;
  #running = $state.raw<AbortController | undefined>();

  constructor(engine: Engine, url: UrlState<typeof schema>) {
    this.#engine = engine;
    this.#url = url;
  }

  get values(): BenchmarkValues {
    return this.#url.values;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Those that are chosen and can take part. */
  readonly entered: readonly ContenderId[] = $derived.by(() =>
    this.values.contenders.filter((id) => this.obstacleOf(id) === undefined),
  );

  obstacleOf(id: ContenderId): Obstacle | undefined {
    if (!canDo(id, this.values.work)) return 'work';
    const { peer }: Contender = CONTENDERS[id];
    return peer && !this.peers[peer] ? 'missing' : undefined;
  }

  async open(): Promise<void> {
    this.peers = await fetchPeerFiles(PEERS_URL);
  }

  setWork(work: WorkId): void {
    this.#url.set({ work });
  }

  setLength(length: RunLength): void {
    this.#url.set({ length });
  }

  toggle(id: ContenderId): void {
    const { contenders } = this.values;
    this.#url.set({
      contenders: CONTENDER_IDS.filter((each) => contenders.includes(each) !== (each === id)),
    });
  }

  async run(): Promise<void> {
    const controller = new AbortController();
    this.#running = controller;
    this.measured = undefined;
    this.error = undefined;
    this.brokenOff = undefined;
    if (this.#engine.stopped) this.#engine.restart();
    const stopWatching = watchConditions((reason) => {
      this.brokenOff = reason;
      controller.abort();
    });
    const { work, length } = this.values;
    try {
      const machine = await describeMachine();
      const { rows, paceChange } = await this.#engine.run(
        'benchmark',
        {
          work,
          contenders: this.entered,
          budgetMs: BUDGETS[length],
          places: { models: MODELS_URL, peers: PEERS_URL },
        },
        {
          slot: 'benchmark',
          signal: controller.signal,
          onProgress: (progress) => {
            this.progress = progress;
          },
        },
      );
      const ratios = withRatios(rows);
      this.measured = {
        machine,
        rows: rows.map((row, i) => ({ ...row, ratio: ratios[i]!.ratio })),
        work,
        paceChange,
        void: paceChange > MOST_PACE_CHANGE ? 'pace' : undefined,
      };
    } catch (error) {
      if (!isAbort(error))
        this.error = error instanceof EngineStoppedError ? this.#engine.stopped : failureOf(error);
    } finally {
      stopWatching();
      this.progress = undefined;
      this.#running = undefined;
    }
  }

  stop(): void {
    this.#running?.abort();
  }
}
