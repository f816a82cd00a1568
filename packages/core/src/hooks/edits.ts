/** A change to an activation, as plain data that can be kept, compared and sent to another thread. */
export type Edit =
  | { readonly edit: 'scale'; readonly factor: number }
  | { readonly edit: 'replace'; readonly data: Float32Array };

/** Sets the activation to zero: what is left of the output is what the rest of the model contributes (ablation). */
export function silence(): Edit {
  return { edit: 'scale', factor: 0 };
}

/** Multiplies the activation. */
export function scale(factor: number): Edit {
  return { edit: 'scale', factor };
}

/** Puts other values in the activation's place: as many as it has, row-major (activation patching). */
export function replaceWith(data: Float32Array): Edit {
  return { edit: 'replace', data };
}
