/** Activation functions and the codes by which the kernel knows them (assembly/activation.ts). */
export const activationCodes = {
  none: 0,
  relu: 1,
  gelu: 2,
  geluTanh: 3,
  silu: 4,
  tanh: 5,
  sigmoid: 6,
  exp: 7,
} as const;

export type ActivationName = keyof typeof activationCodes;
