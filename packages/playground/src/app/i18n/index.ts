export { DICTIONARIES, type Language, pickLanguage } from './languages.ts';
export type { Messages } from './messages.ts';
