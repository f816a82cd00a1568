import { choiceField, flagField, numberField, textField } from '../../app/url-schema.ts';

const index = { min: -1, max: 999, integer: true };

/** What the address of a chapter holds. Each chapter has the defaults of its own for texts that are '' and numbers that are −1. */
export const schema = {
  text: textField('t', ''),
  /** A second text. */
  other: textField('u', ''),
  /** What was picked: a word or a query, and a key. */
  pick: numberField('q', -1, index),
  key: numberField('k', -1, index),
  layer: numberField('y', -1, index),
  head: numberField('h', -1, index),
  /** Temperature. */
  temperature: numberField('T', 1, { min: 0.1, max: 5 }),
  /** Without the division by √d. */
  unscaled: flagField('n'),
  /** The language that is translated from. */
  from: choiceField('d', ['en', 'ko'], 'en'),
  model: textField('m', ''),
};
