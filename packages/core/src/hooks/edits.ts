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
