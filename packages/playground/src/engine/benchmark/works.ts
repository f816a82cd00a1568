import {
  attentionWork,
  bertConfigs,
  bertFlops,
  type Dtype,
  type EncoderWork,
  encoderTolerance,
  type OperationWork,
  operationTolerance,
  operationWork,
  type Row,
  textOf,
} from '@headwise/benchmarks/page';
import type { WorkId } from './contenders.ts';

/** A work as the benchmarks describe it. */
export interface Subject extends Pick<Row, 'suite' | 'case'> {
  /** Floating-point operations of one run. */
  readonly flops: number;
  /** Largest error of an output, relative to the largest value of the reference's. */
  readonly tolerance: Readonly<Record<Dtype, number>>;
  work(dtype: Dtype): EncoderWork | OperationWork;
}

/** A projection of BERT-base's attention on 126 tokens. */
const [ROWS, WIDTH] = [126, 768];
const [HEADS, SIZE, TOKENS] = [12, 64, 128];

export const SUBJECTS: Readonly<Record<WorkId, Subject>> = {
  product: {
    suite: 'ops',
    case: `matmul ${ROWS}x${WIDTH}x${WIDTH}`,
    flops: 2 * ROWS * WIDTH * WIDTH,
    tolerance: operationTolerance,
    work: (dtype) => operationWork('linear', { rows: ROWS, inFeatures: WIDTH, outFeatures: WIDTH, dtype }),
  },
  attention: {
    suite: 'attention',
    case: `attention ${HEADS}x${SIZE}, ${TOKENS} tokens`,
    flops: 4 * HEADS * SIZE * TOKENS * TOKENS,
    tolerance: operationTolerance,
    work: () => attentionWork(HEADS, TOKENS, SIZE),
  },
  encoder: {
    suite: 'encoder',
    case: `MiniLM, ${TOKENS} tokens`,
    flops: bertFlops(bertConfigs.MiniLM, TOKENS),
    tolerance: encoderTolerance,
    work: (dtype) => ({
      kind: 'encoder',
      dtype,
      model: 'MiniLM',
      config: bertConfigs.MiniLM,
      ...textOf(TOKENS),
      weights: undefined,
    }),
  },
};
