// Imported by `CausalLM` when one of its methods needs it.
export { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
export { causalPerplexity } from './causal-perplexity.ts';
export { causalRecord, causalTrace } from './causal-trace.ts';
export { logitLens } from './logit-lens.ts';
