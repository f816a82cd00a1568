import { fixtureCases, type StoredArray } from './fixture.ts';

/** A layer of PyTorch's with its outputs and gradients. */
export interface LayerCase {
  readonly kind: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the options of any layer, by kind
  readonly options: any;
  readonly state: Readonly<Record<string, StoredArray>>;
  readonly outputs: readonly StoredArray[];
  readonly factors: readonly StoredArray[];
  readonly inputs: readonly StoredArray[];
  readonly inputGradients: readonly StoredArray[];
  readonly gradients: Readonly<Record<string, StoredArray>>;
}

export const { layers } = fixtureCases<LayerCase>('training') as unknown as { layers: readonly LayerCase[] };
