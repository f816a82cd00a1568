export { loadModel as load } from '@headwise/core';
