import type { AttentionOptions, Tensor } from '../../backend/backend.ts';
import { checkAttention, checkContext } from '../../backend/check-attention.ts';
import { RecordingMemory } from './recording-memory.ts';
import { ownedTensor, type RecordedTensor } from './tensor.ts';

/** The inputs of an attention, and its options for the wrapped backend. */
interface AttentionInputs {
  readonly queries: RecordedTensor;
  readonly keys: RecordedTensor;
  readonly bias: RecordedTensor | undefined;
  readonly options: AttentionOptions;
}

/** The attention operations of `RecordingBackend`. */
export abstract class RecordingAttention extends RecordingMemory {
  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
    const inputs = this.#attentionInputs(q, k, options);
    const values = ownedTensor(this, v);
    const { queries, keys, bias } = inputs;
    const y = this.wrap(this.wrapped.attention(queries.value, keys.value, values.value, inputs.options));
    this.recordStep(
      [queries, keys, values, bias].map((x) => x?.storage),
      [y],
      (tape) => {
        const saved = this.#saveAttention(inputs);
        const [savedValues, savedOutput] = [tape.save(values), tape.save(y)];
        return () =>
          this.rules.attention({
            ...saved(y),
            v: savedValues,
            y: savedOutput,
            dv: tape.target(values),
            valueDim: y.width / options.heads,
          });
      },
    );
    return y;
  }

  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, headIndices: readonly number[]): Tensor {
    const inputs = this.#attentionInputs(q, k, options);
    const { queries, keys, bias } = inputs;
    const y = this.wrap(this.wrapped.attentionScores(queries.value, keys.value, inputs.options, headIndices));
    this.recordStep(
      [queries, keys, bias].map((x) => x?.storage),
      [y],
      () => {
        const saved = this.#saveAttention(inputs);
        const indices = [...headIndices];
        return () => this.rules.attentionScores({ ...saved(y), headIndices: indices });
      },
    );
    return y;
  }

  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    headIndices: readonly number[],
    context: Tensor,
  ): void {
    const [w, values, y] = [ownedTensor(this, weights), ownedTensor(this, v), ownedTensor(this, context)];
    const copied = this.#unwrapOptions(options);
    const { tape } = this;
    tape?.beforeWrite(y.storage);
    this.wrapped.attentionContext(w.value, values.value, copied, headIndices, y.value);
    this.recordStep([w.storage, values.storage, y.storage], [y], (tape) => {
      const sizes = checkContext(weights, v, copied, headIndices, context);
      const [savedWeights, savedValues, indices] = [tape.save(w), tape.save(values), [...headIndices]];
      return () =>
        this.rules.attentionContext({
          weights: savedWeights,
          v: savedValues,
          sizes,
          queryOffsets: copied.queryOffsets,
          headIndices: indices,
          dy: y.viewOf(tape.gradient(y.storage)),
          dWeights: tape.target(w),
          dv: tape.target(values),
        });
    });
  }

  #attentionInputs(q: Tensor, k: Tensor, options: AttentionOptions): AttentionInputs {
    return {
      queries: ownedTensor(this, q),
      keys: ownedTensor(this, k),
      bias: options.bias && ownedTensor(this, options.bias),
      options: this.#unwrapOptions(options),
    };
  }

  /** Saves the inputs of an attention. The function that it returns gives the arguments of its gradient. */
  #saveAttention({ queries, keys, bias, options }: AttentionInputs) {
    const tape = this.tape!;
    const sizes = checkAttention(queries, keys, options);
    const saved = { q: tape.save(queries), k: tape.save(keys), bias: bias && tape.save(bias) };
    return (y: RecordedTensor) => ({
      ...saved,
      sizes,
      dy: y.viewOf(tape.gradient(y.storage)),
      dq: tape.target(queries),
      dk: tape.target(keys),
      dBias: tape.target(bias),
    });
  }

  /** The options with the wrapped backend's bias, and copies of the sequences, which the caller may change. */
  #unwrapOptions(options: AttentionOptions): AttentionOptions {
    const { bias, queryOffsets, keyOffsets, keyRanges, queryStarts } = options;
    return {
      ...options,
      ...(bias && { bias: ownedTensor(this, bias).value }),
      queryOffsets: queryOffsets.slice(),
      ...(keyOffsets && { keyOffsets: keyOffsets.slice() }),
      ...(queryStarts && { queryStarts: queryStarts.slice() }),
      ...(keyRanges && {
        keyRanges: { starts: keyRanges.starts.slice(), lengths: keyRanges.lengths.slice() },
      }),
    };
  }
}
