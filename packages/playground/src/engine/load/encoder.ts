export { loadEncoder as load } from '@headwise/core';
