// One import on demand for all that few tokenizers need: many would split the code that they share with every app into many files.

export { tokenizerClassOf } from './tokenizer-class.ts';
export { addedTokensBeside, readTokenizerParts } from './tokenizer-parts.ts';
export { remake } from './tokenizer-remake.ts';
