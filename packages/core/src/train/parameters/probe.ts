import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import { ReferenceBackend } from '../../backend/reference/reference.ts';
import { ConfigError } from '../../errors.ts';
import { memorySource } from '../../platform/bytes.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint, TensorInfo } from '../../weights/types.ts';
import { runsOf, type WeightRun } from './weight-source.ts';

/** A tensor of a checkpoint that a model has read. */
export interface CodedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** The code of its first value. */
  readonly firstCode: number;
}

/** The parameters of one weight; undefined for a constant. */
export type Runs = readonly WeightRun[] | undefined;

/** The weights that a model has created, in order: of a linear layer its weight and its bias. */
export interface ProbedWeights {
  readonly size: number;
  readonly runs: Runs;
  /** Of a linear layer; undefined for other constants. */
  readonly inFeatures?: number;
  readonly bias?: { readonly size: number; readonly runs: Runs };
}

const FLOATS: readonly string[] = ['F32', 'F16', 'BF16', 'F64'];

/** Codes are the bits of finite, positive floats. */
const MAX_CODE = 0x7f7f_ffff;

/** A checkpoint whose float tensors have codes for values: value c − 1 of all has the float with the bits c. */
export class CodedCheckpoint implements Checkpoint {
  readonly #checkpoint: Checkpoint;
  readonly #tensors = new Map<string, CodedTensor>();
  #count = 0;

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
  }

  get names(): readonly string[] {
    return this.#checkpoint.names;
  }

  /** The tensors that were read, in order. */
  get tensors(): readonly CodedTensor[] {
    return [...this.#tensors.values()];
  }

  /** Number of codes. */
  get count(): number {
    return this.#count;
  }

  info(name: string): TensorInfo {
    const info = this.#checkpoint.info(name);
    return FLOATS.includes(info.dtype) ? { dtype: 'F32', shape: info.shape } : info;
  }

  async read(name: string, slice?: Parameters<Checkpoint['read']>[1]) {
    const info = this.info(name);
    if (info.dtype !== 'F32') return this.#checkpoint.read(name, slice);
    const { firstCode, size } = this.#tensorOf(name, info.shape);
    const codes = Uint32Array.from({ length: size }, (_, i) => firstCode + i);
    return readTensor(memorySource(new Uint8Array(codes.buffer)), 0, info, slice);
  }

  #tensorOf(name: string, shape: readonly number[]): CodedTensor {
    let tensor = this.#tensors.get(name);
    if (!tensor) {
      const size = shape.reduce((product, length) => product * length, 1);
      tensor = { name, shape, size, firstCode: this.#count + 1 };
      this.#tensors.set(name, tensor);
      this.#count += size;
      if (this.#count > MAX_CODE) throw new ConfigError(`parameters: more than ${MAX_CODE} values`);
    }
    return tensor;
  }
}

/** A backend that notes the codes of the weights that a model creates. (Embedding tables are constants of the reference backend.) */
export class ProbingBackend extends ReferenceBackend implements Backend {
  readonly #weights: {
    readonly codes: Uint32Array;
    readonly bias?: Uint32Array | undefined;
    readonly inFeatures?: number;
  }[] = [];

  /** The weights created so far, where `count` codes were given out. */
  weights(count: number): readonly ProbedWeights[] {
    return this.#weights.map(({ codes, bias, inFeatures }) => ({
      size: codes.length,
      runs: runsOf(codes, count),
      ...(inFeatures !== undefined && { inFeatures }),
      ...(bias && { bias: { size: bias.length, runs: runsOf(bias, count) } }),
    }));
  }

  override constant(data: Float32Array, shape: readonly number[]): Tensor {
    this.#weights.push({ codes: codesOf(data) });
    return super.constant(data, shape);
  }

  override linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
  ): LinearWeights {
    this.#weights.push({ codes: codesOf(weight), bias: bias && codesOf(bias), inFeatures });
    return super.linearWeights(weight, bias, inFeatures);
  }
}

function codesOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}
