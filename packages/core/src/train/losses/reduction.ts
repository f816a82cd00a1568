/** How the losses of values become one: their mean or their sum. */
export type Reduction = 'mean' | 'sum';

/** The factor of a sum of `count` losses. Of no losses, mean and sum are 0. */
export function averageFactor(reduction: Reduction, count: number): number {
  return reduction === 'sum' || count === 0 ? 1 : 1 / count;
}
