/** How long work takes, by its amount: measured at some points, in proportion between them, and beyond them as at the last. */
export class TimeCurve {
  /** By rising amounts of work. */
  #points: { readonly work: number; readonly time: number }[];

  /** At least one point; none twice. */
  constructor(points: readonly { readonly work: number; readonly time: number }[]) {
    this.#points = [...points].sort((a, b) => a.work - b.work);
  }

  /** What so much work takes. Less than at the first point takes no less time: it is not the work that makes it. */
  at(work: number): number {
    const points = this.#points;
    const found = points.findIndex((point) => point.work >= work);
    const last = found < 0 ? points.length - 1 : found;
    const [below, above] = [points[last - 1], points[last]!];
    if (!below) return found < 0 ? (above.time * work) / above.work : above.time;
    const slope = Math.max(0, above.time - below.time) / (above.work - below.work);
    return below.time + slope * (work - below.work);
  }

  /** So much work took less than it should have: then that is what it takes, and less work takes no more. */
  improve(work: number, time: number): void {
    if (time >= this.at(work)) return;
    // Points that are nearer than this to each other say nothing that one of them does not.
    const apart = this.#points.filter((point) => Math.abs(Math.log(point.work / work)) > NEAR);
    const lower = apart.map((point) =>
      point.work < work ? { ...point, time: Math.min(point.time, time) } : point,
    );
    this.#points = [...lower, { work, time }].sort((a, b) => a.work - b.work);
  }
}

const NEAR = 0.1;
