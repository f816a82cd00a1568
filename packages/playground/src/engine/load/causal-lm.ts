export { loadCausalLM as load } from '@headwise/core';
