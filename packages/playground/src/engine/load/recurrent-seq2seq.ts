export { loadRecurrentSeq2Seq as load } from '@headwise/core';
