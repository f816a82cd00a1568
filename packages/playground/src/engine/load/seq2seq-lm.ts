export { loadSeq2SeqLM as load } from '@headwise/core';
