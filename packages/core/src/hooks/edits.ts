import { ShapeError } from '../errors.ts';
import type { Activation } from './hooks.ts';

/** A change to an activation as plain data, which can be stored, compared and sent to another thread. */
export type Edit =
  | { readonly edit: 'scale'; readonly factor: number }
  | { readonly edit: 'replace'; readonly data: Float32Array };

/** Sets the activation to zero (zero ablation). */
export function silence(): Edit {
  return { edit: 'scale', factor: 0 };
}

/** Multiplies the activation by `factor`. */
export function scale(factor: number): Edit {
  return { edit: 'scale', factor };
}

/** Replaces the activation by `data`: row-major, with as many values as the activation has (activation patching). */
export function replaceWith(data: Float32Array): Edit {
  return { edit: 'replace', data };
}

/** The values of an activation after an edit. Throws `ShapeError` if a replacement has another number of values. */
export function applyEdit(edit: Edit, { name, shape, data }: Activation): Float32Array {
  if (edit.edit === 'scale') {
    // A factor of 0 gives zeros also for ±∞ and NaN, where a product would be NaN.
    return edit.factor === 0 ? new Float32Array(data.length) : data.map((value) => value * edit.factor);
  }
  if (edit.data.length !== data.length) {
    throw new ShapeError(
      `hook ${name}: [${shape.join(', ')}] has ${data.length} values, the replacement ${edit.data.length}`,
    );
  }
  return edit.data;
}
