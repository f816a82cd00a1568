// Imported by `Generator` when settings need it.
export { BeamSearch } from './beam-search.ts';
export { createProcessors } from './processor-list.ts';
