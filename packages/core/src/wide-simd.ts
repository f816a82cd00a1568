// The entry `@headwise/core/wide-simd`: operations of 256 bits, where an engine has them behind a flag.

export { enableWideSimd, WideSimdError, type WideSimdReason } from './backend/wasm/wide-simd.ts';
