import type {
  ActivationName,
  Backend,
  LinearOptions,
  LinearWeights,
  Offsets,
  RotaryOptions,
  Tensor,
  VocabularyPart,
} from '../../backend/backend.ts';
import type { TrainingBackend } from '../../nn/torch/parameters.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { DropoutMask } from '../dropout/rules.ts';
import { GradientView } from '../gradients/view.ts';
import type { LossResult, LossRules } from '../losses/rules.ts';
import { loadParameters } from '../parameters/load-parameters.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import { arraySupport, type TrainingSupport } from '../support.ts';
import { trainingSupport } from '../training-support.ts';
import { RecordingAttention } from './recording-attention.ts';
import type { SavedValue } from './saved.ts';
import { ownedLinear, ownedTensor, type RecordedLinear, type RecordedTensor } from './tensor.ts';

/** An operation that is not one of `Backend`, such as a loss; see {@link RecordingBackend.apply}. */
export interface CustomOperation {
  readonly inputs: readonly Tensor[];
  /** The result, from the values of the inputs. */
  compute(inputs: readonly Float32Array[]): { data: Float32Array; shape: readonly number[] };
  /** Adds to the gradients of the inputs, each absent if not needed, from the gradient `dy` of the result. */
  gradient(
    inputs: readonly SavedValue[],
    dy: GradientView,
    targets: readonly (GradientView | undefined)[],
  ): void;
}

/**
 * A backend that computes with another one, and records what it computes on a {@link Tape}, so that gradients can be computed. Layers and
 * models run on it unchanged. Outside of {@link record} it computes without recording, for evaluation.
 *
 * ```ts
 * parameters.zeroGradients();
 * const loss = backend.record((tape) => {
 *   const logits = …; // layers, run with this backend
 *   const mean = crossEntropy(backend, logits, labels);
 *   tape.backward(mean);
 *   return backend.read(mean)[0];
 * });
 * optimizer.step();
 * ```
 *
 * Weights are kept in f32. Values that pass through `read`, such as activations that a hook has replaced, are constants.
 */
export class RecordingBackend extends RecordingAttention implements TrainingBackend {
  /** A backend that records, with the kernels of `wrapped` where it has any. */
  static async create(wrapped: Backend): Promise<RecordingBackend> {
    return new RecordingBackend(wrapped, await trainingSupport(wrapped));
  }

  /** @param support default: gradients in TypeScript, with sums in float64. For kernels: `await trainingSupport(wrapped)` */
  constructor(wrapped: Backend, support: TrainingSupport = arraySupport) {
    super(wrapped, support);
  }

  /**
   * Creates weights that are made of parameters. `load` reads them from the checkpoint and creates them on the backend; it is called twice: first
   * with values that are their own indices, which show what the weights are made of. Modules call it in `to`.
   */
  async loadParameters(
    weights: Checkpoint,
    load: (weights: Checkpoint, backend: Backend) => Promise<void>,
  ): Promise<ParameterSet> {
    return (await loadParameters(this, this.support, weights, load)).parameters;
  }

  /** Computes and records a loss with the rules of the wrapped backend. @internal */
  applyLoss(x: Tensor, compute: (rules: LossRules, wrapped: Backend, x: Tensor) => LossResult): Tensor {
    const input = ownedTensor(this, x);
    const { loss, addGradient } = compute(this.support.losses, this.wrapped, input.value);
    const y = this.wrap(this.wrapped.tensor(Float32Array.of(loss), [1]));
    this.recordStep([input.storage], [y], (tape) => {
      const saved = tape.save(input);
      return () => {
        const [dy, dx] = [y.viewOf(tape.gradient(y.storage)), tape.target(input)];
        if (dx) addGradient(saved, dy.data[dy.start]!, dx);
      };
    });
    return y;
  }

  /** Computes and records dropout with the rules of the wrapped backend. @internal */
  applyDropout(x: Tensor, mask: DropoutMask): Tensor {
    const { dropout } = this.support;
    return this.#unary(
      x,
      (value) => dropout.output(this.wrapped, value, mask),
      () => (dy, dx) => dropout.addGradient(dy, dx, mask),
    );
  }

  /** Computes and records an operation of the caller. */
  apply({ inputs, compute, gradient }: CustomOperation): Tensor {
    const tensors = inputs.map((input) => ownedTensor(this, input));
    const { data, shape } = compute(tensors.map((input) => this.wrapped.read(input.value)));
    const y = this.wrap(this.wrapped.tensor(data, shape));
    this.recordStep(
      tensors.map(({ storage }) => storage),
      [y],
      (tape) => {
        const saved = tensors.map((input) => tape.save(input));
        return () =>
          gradient(
            saved,
            y.viewOf(tape.gradient(y.storage)),
            tensors.map((x) => tape.target(x)),
          );
      },
    );
    return y;
  }

  linear(x: Tensor, weights: LinearWeights, options: LinearOptions = {}): Tensor {
    const linear = ownedLinear(this, weights);
    if (linear.lowRank.length > 0 && !linear.isMerged) return this.#adaptedLinear(x, linear, options);
    return this.#linear(ownedTensor(this, x), linear, options);
  }

  /** activation(x · Wᵀ + b + Σ scale · (x · Aᵀ) · Bᵀ) + residual. */
  #adaptedLinear(
    x: Tensor,
    linear: RecordedLinear,
    { activation = 'none', residual }: LinearOptions,
  ): Tensor {
    const input = ownedTensor(this, x);
    const isFused = activation === 'none';
    let y = this.#linear(input, linear, isFused && residual ? { residual } : {});
    for (const { down, up, scale } of linear.lowRank) {
      const hidden = this.scale(this.#linear(input, down, {}), scale);
      y = this.#linear(ownedTensor(this, hidden), up, { residual: y });
    }
    if (isFused) return y;
    y = this.activate(y, activation);
    return residual ? this.add(y, residual) : y;
  }

  #linear(input: RecordedTensor, linear: RecordedLinear, options: LinearOptions): Tensor {
    const { activation = 'none', residual: added } = options;
    const residual = added && ownedTensor(this, added);
    const { tape } = this;
    const isActive = [input.storage, linear.weight, linear.bias].some((s) => s && tape?.isActive(s));
    if (isActive && activation !== 'none') {
      // The gradient of the activation needs its input.
      const y = this.activate(this.#linear(input, linear, {}), activation);
      return residual ? this.add(y, residual) : y;
    }
    const value = this.wrapped.linear(input.value, linear.packed, {
      activation,
      ...(residual && { residual: residual.value }),
    });
    const y = this.wrap(value);
    if (!isActive) {
      this.recordStep([residual?.storage], [y], (tape) => () => {
        const dx = tape.target(residual);
        if (dx) this.rules.add(y.viewOf(tape.gradient(y.storage)), dx, 1);
      });
      return y;
    }
    this.recordStep([input.storage, linear.weight, linear.bias], [y], (tape) => {
      const saved = tape.save(input);
      return () => {
        const dy = y.viewOf(tape.gradient(y.storage));
        const dResidual = tape.target(residual);
        if (dResidual) this.rules.add(dy, dResidual, 1);
        const { weight, bias } = linear;
        this.rules.linear({
          x: saved,
          weight: linear.values,
          dy,
          dx: tape.target(input),
          dWeight: tape.isActive(weight) ? linear.viewOf(tape.gradient(weight)) : undefined,
          dBias:
            bias && tape.isActive(bias)
              ? new GradientView(tape.gradient(bias), 0, bias.size, 1, bias.size)
              : undefined,
        });
      };
    });
    return y;
  }

  add(x: Tensor, y: Tensor): Tensor {
    const terms = [ownedTensor(this, x), ownedTensor(this, y)] as const;
    const sum = this.wrap(this.wrapped.add(terms[0].value, terms[1].value));
    this.recordStep(
      terms.map(({ storage }) => storage),
      [sum],
      (tape) => () => {
        for (const term of terms) {
          const dx = tape.target(term);
          if (dx) this.rules.add(sum.viewOf(tape.gradient(sum.storage)), dx, 1);
        }
      },
    );
    return sum;
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.scale(value, factor),
      () => (dy, dx) => this.rules.add(dy, dx, factor),
    );
  }

  activate(x: Tensor, activation: ActivationName): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.activate(value, activation),
      (saved) => {
        const values = saved();
        return (dy, dx) => this.rules.activate({ x: values, activation, dy, dx });
      },
    );
  }

  gate(x: Tensor, activation: ActivationName): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.gate(value, activation),
      (saved) => {
        const values = saved();
        return (dy, dx) => this.rules.gate({ x: values, activation, dy, dx });
      },
    );
  }

  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
    const [input, gains, biases] = [ownedTensor(this, x), ownedTensor(this, gain), ownedTensor(this, bias)];
    const y = this.wrap(this.wrapped.layerNorm(input.value, gains.value, biases.value, epsilon));
    this.recordStep([input.storage, gains.storage, biases.storage], [y], (tape) => {
      const [saved, savedGain] = [tape.save(input), tape.save(gains)];
      return () =>
        this.rules.layerNorm({
          x: saved,
          gain: savedGain,
          epsilon,
          dy: y.viewOf(tape.gradient(y.storage)),
          dx: tape.target(input),
          dGain: tape.target(gains),
          dBias: tape.target(biases),
        });
    });
    return y;
  }

  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
    const [input, gains] = [ownedTensor(this, x), ownedTensor(this, gain)];
    const y = this.wrap(this.wrapped.rmsNorm(input.value, gains.value, epsilon));
    this.recordStep([input.storage, gains.storage], [y], (tape) => {
      const [saved, savedGain] = [tape.save(input), tape.save(gains)];
      return () =>
        this.rules.rmsNorm({
          x: saved,
          gain: savedGain,
          epsilon,
          dy: y.viewOf(tape.gradient(y.storage)),
          dx: tape.target(input),
          dGain: tape.target(gains),
        });
    });
    return y;
  }

  softmax(x: Tensor): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.softmax(value),
      (_, saved) => {
        const y = saved();
        return (dy, dx) => this.rules.softmax({ y, dy, dx });
      },
    );
  }

  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: VocabularyPart): Tensor {
    const from = 'shape' in table ? ownedTensor(this, table) : ownedLinear(this, table);
    const storage = 'storage' in from ? from.storage : from.weight;
    const rows = this.wrapped.embedding('storage' in from ? from.value : from.packed, ids, part);
    const y = this.wrap(rows);
    this.recordStep([storage], [y], (tape) => {
      const padding = storage.source?.paddingIdx;
      // Ids outside of the table have no gradient.
      const copy = padding === undefined ? ids.slice() : ids.map((id) => (id === padding ? -1 : id));
      return () =>
        this.rules.embedding({
          ids: copy,
          first: part?.first ?? 0,
          dy: y.viewOf(tape.gradient(y.storage)),
          dTable: from.viewOf(tape.gradient(storage)),
        });
    });
    return y;
  }

  meanPool(x: Tensor, offsets: Offsets): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.meanPool(value, offsets),
      () => {
        const copy = offsets.slice();
        return (dy, dx) => this.rules.meanPool({ offsets: copy, dy, dx });
      },
    );
  }

  l2Normalize(x: Tensor): Tensor {
    return this.#unary(
      x,
      (value) => this.wrapped.l2Normalize(value),
      (saved) => {
        const values = saved();
        return (dy, dx) => this.rules.l2Normalize({ x: values, dy, dx });
      },
    );
  }

  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor {
    const angles = ownedTensor(this, table);
    return this.#unary(
      x,
      (value) => this.wrapped.rotary(value, angles.value, positions, options),
      () => {
        const [saved, copy] = [this.tape!.save(angles), positions.slice()];
        return (dy, dx) => this.rules.rotary({ table: saved, positions: copy, options, dy, dx });
      },
    );
  }

  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor } {
    const [all, before] = [ownedTensor(this, gates), ownedTensor(this, cell)];
    const next = this.wrapped.lstmGates(all.value, before.value);
    const [hidden, after] = [this.wrap(next.hidden), this.wrap(next.cell)];
    this.recordStep([all.storage, before.storage], [hidden, after], (tape) => {
      const [savedGates, savedCell] = [tape.save(all), tape.save(before)];
      return () =>
        this.rules.lstmGates({
          gates: savedGates,
          cell: savedCell,
          dHidden: hidden.viewOf(tape.gradient(hidden.storage)),
          dNextCell: after.viewOf(tape.gradient(after.storage)),
          dGates: tape.target(all),
          dCell: tape.target(before),
        });
    });
    return { hidden, cell: after };
  }

  gruGates(input: Tensor, hidden: Tensor, state: Tensor): Tensor {
    const inputs = [ownedTensor(this, input), ownedTensor(this, hidden), ownedTensor(this, state)] as const;
    const [x, h, before] = inputs;
    const y = this.wrap(this.wrapped.gruGates(x.value, h.value, before.value));
    this.recordStep(
      inputs.map(({ storage }) => storage),
      [y],
      (tape) => {
        const saved = { input: tape.save(x), hidden: tape.save(h), state: tape.save(before) };
        return () =>
          this.rules.gruGates({
            ...saved,
            dy: y.viewOf(tape.gradient(y.storage)),
            dInput: tape.target(x),
            dHidden: tape.target(h),
            dState: tape.target(before),
          });
      },
    );
    return y;
  }

  /** An operation of one input. `prepare` may save input and output, and returns the step from `dy` to `dx`. */
  #unary(
    x: Tensor,
    compute: (value: Tensor) => Tensor,
    prepare: (
      input: () => SavedValue,
      output: () => SavedValue,
    ) => (dy: GradientView, dx: GradientView) => void,
  ): Tensor {
    const input = ownedTensor(this, x);
    const y = this.wrap(compute(input.value));
    this.recordStep([input.storage], [y], (tape) => {
      const step = prepare(
        () => tape.save(input),
        () => tape.save(y),
      );
      return () => step(y.viewOf(tape.gradient(y.storage)), tape.target(input)!);
    });
    return y;
  }
}
