import { percent } from '../../lab/blocks.ts';
import type { ShippedModel } from '../../shipping/ship.ts';
import type { Result } from './result.ts';
import type { Student } from './student.ts';

const rightsNote = 'the Universal Declaration of Human Rights, which no text of the training resembles';

/** `ko-student` for the package of models. */
export function shippedStudent(
  result: Result,
  { config, files, weights }: Student,
  seed: number,
): ShippedModel {
  const { shipped } = result.students;
  const { recipe } = shipped;
  const { english, korean } = result.scores.int8;
  const row = (name: string, { queries, candidates, recallAt1, recallAt5, mrr }: typeof english.real) =>
    `| ${name} | ${queries} | ${candidates} | ${percent(recallAt1)} | ${percent(recallAt5)} | ${mrr.toFixed(3)} |`;
  return {
    name: 'ko-student',
    config,
    files,
    weights,
    dtype: 'I8',
    card: {
      summary: `Sentence embeddings for Korean and English, distilled from all-MiniLM-L6-v2: vectors of ${recipe.hiddenSize} numbers, to be compared by cosine. An ELECTRA with ${recipe.layers} layer of ${recipe.hiddenSize}, ${recipe.vocabSize} pieces of ${recipe.embeddingSize}, ${(shipped.parameters / 1e6).toFixed(2)} million parameters.`,
      languages: ['ko', 'en'],
      task: 'sentence-similarity',
      dataLicense: 'MIT, Apache-2.0, Unicode-3.0',
      data: `Distilled from all-MiniLM-L6-v2 (Apache-2.0) by the method of Reimers and Gurevych (2020): a Korean text and its English translation are to be where the teacher puts the English one, in the ${recipe.hiddenSize} dimensions that hold ${percent(shipped.kept)} % of the teacher's vectors. ${shipped.pairs.toLocaleString('en-US')} pairs: messages of programs (MIT, Apache-2.0), names of Unicode CLDR (Unicode-3.0), and ${shipped.set.grammar.toLocaleString('en-US')} sentences of a grammar (MIT).`,
      command: 'npm run experiment -- korean-embeddings',
      seed,
      figures: `On texts that were not trained on, with the weights as they are here. R@1 and R@5 in percent: the text that belongs to a query is the first, or among the first five.

| search | queries | texts | R@1 | R@5 | MRR |
| --- | ---: | ---: | ---: | ---: | ---: |
${[
  row('Korean → English by the teacher, program messages and names', english.real),
  row('the same, sentences of the grammar', english.grammar),
  row('the same, Declaration of Human Rights', english.rights),
  row('Korean → Korean, the same sentence in another style', korean.paraphrases),
  row('Korean → Korean, another translation of the same message', korean.translations),
].join('\n')}`,
      limits: [
        `It knows the words of program messages, of emoji, languages and countries, and about 150 words of daily life. It does not know other texts: on ${rightsNote}, it finds the right one of ${english.rights.candidates} in ${percent(english.rights.recallAt1)} % of the cases.`,
        `Words that it was not trained on. With three or more of them in a query, R@1 is ${percent(result.byUnseenWords.at(-1)!.recallAt1)} %.`,
        `Negation and numbers: it tells a positive from a negative sentence in ${percent(result.contrasts.negation.accuracy)} % of the cases, and a date from another day of its month in ${percent(result.contrasts.day.accuracy)} %; 50 % is chance.`,
        `Its vectors are in a subspace of the teacher's: they cannot be compared with vectors of all-MiniLM-L6-v2 without the projection, which is not among the files.`,
        'Texts of more than 128 tokens are cut.',
      ],
      example: `import { loadEncoder } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadEncoder(await modelSource('ko-student'));
const same = await model.similarity('파일을 찾을 수 없습니다.', 'File not found.');
const other = await model.similarity('파일을 찾을 수 없습니다.', 'Sign in with your email address.');
console.log(same > other + 0.3); // true`,
    },
  };
}
