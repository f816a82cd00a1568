/** Whether a value is a `Float32Array`, also of another realm: Jest gives programs other classes than those that messages are made of. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && (value as Partial<Float32Array>)[Symbol.toStringTag] === 'Float32Array';
}
