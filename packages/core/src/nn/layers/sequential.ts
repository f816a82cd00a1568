import type { Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { UnaryLayer } from '../torch/layer.ts';
import { Module } from '../torch/module.ts';

/** A module from one tensor to another. */
export type UnaryModule = Module & { forward(x: Tensor): Tensor };

/**
 * Modules one after another, as PyTorch's `nn.Sequential`. Their names are 0, 1, ….
 *
 * ```ts
 * const mlp = await new Sequential(new Linear(784, 256), new ReLU(), new Linear(256, 10)).to(backend);
 * ```
 */
export class Sequential extends UnaryLayer {
  readonly modules: readonly UnaryModule[];

  constructor(...modules: UnaryModule[]) {
    super('Sequential');
    for (const [i, module] of modules.entries()) {
      if (!(module instanceof Module)) throw new ConfigError(`Sequential: argument ${i} is not a module`);
    }
    this.modules = modules;
  }

  protected override *submodules(): Iterable<readonly [string, Module]> {
    for (const [i, module] of this.modules.entries()) yield [`${i}`, module];
  }

  protected compute(x: Tensor): Tensor {
    return this.modules.reduce((value, module) => module.forward(value), x);
  }
}
