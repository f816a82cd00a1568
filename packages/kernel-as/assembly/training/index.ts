// The exports of the training module: gradients and optimisers. Its functions work on the memory of an instance of the kernel, and like
// those of the kernel do not allocate and do not check their arguments. Gradients are added to the outputs, which are not cleared.
import { HEAP_BASE, WIDE_BASE } from '../memory-map';

export { activateGradient, gateGradient } from './activation';
export { attentionGradient, attentionGradientScratch } from './attention/attention-gradient';
export { attentionContextGradient, attentionScoresGradient, attentionWeightsGradientScratch } from './attention/weights-gradient';
export { crossEntropy, crossEntropyGradient } from './cross-entropy';
export { addDropout } from './dropout';
export { addScaled, moveRows } from './elementwise';
export {
  addColumnSums, linearInputGradient, linearInputGradientScratch, linearWeightGradient, linearWeightGradientScratch,
} from './linear';
export { layerNormGradient, normGradientScratch, rmsNormGradient } from './norm';
export { adamStep, sgdStep } from './optimizer';
export { gruGatesGradient, lstmGatesGradient } from './recurrent';
export { findNonFinite, sumOfSquares } from './reduce';
export { rotaryGradient } from './rotary';
export { gatherGradient, l2NormalizeGradient, meanRowsGradient, softmaxGradient } from './rows';

/** The kernel's `heapBase`. Traps if the static data of this module does not fit below it: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= WIDE_BASE ? HEAP_BASE : unreachable();
}
