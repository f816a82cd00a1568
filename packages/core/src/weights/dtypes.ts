/**
 * Widths in bits of all element types of the safetensors format, so that every valid file can be opened. The conversions
 * define which of them Headwise can read.
 */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** An element type, by its safetensors name. */
export type TensorDType = keyof typeof BITS;

/** All element types of the safetensors format. */
export const tensorDTypes: readonly TensorDType[] = Object.keys(BITS) as TensorDType[];

/** Whether `name` is an element type of the safetensors format. */
export function isTensorDType(name: string): name is TensorDType {
  return Object.hasOwn(BITS, name);
}

/** Width of one element in bits. */
export function bitsOf(dtype: TensorDType): number {
  return BITS[dtype];
}
