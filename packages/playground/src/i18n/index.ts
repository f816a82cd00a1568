export { DICTIONARIES } from './dictionaries.ts';
export { type Language, pickLanguage } from './language.ts';
export type { Messages } from './messages.ts';
