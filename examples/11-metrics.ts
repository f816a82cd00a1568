// Scores of two translations into Korean by BLEU, chrF and TER, and whether their difference may be chance: paired bootstrap resampling.
import { bleu, chrf, chrfMetric, pairedBootstrap, ter } from '@headwise/core/metrics';

const people = ['나는', '그는', '친구가', '선생님이', '아이들이'];
const times = ['아침에', '어제', '집에서', '학교에서', '자주'];
const drinks = ['커피를', '우유를', '차를', '물을'];
const references = people.flatMap((who) =>
  times.flatMap((when) => drinks.map((what) => `${who} ${when} ${what} 마셨다.`)),
);
// One has another ending in every third sentence, the other lacks a word in every second.
const polite = references.map((text, i) => (i % 3 === 0 ? text.replace('마셨다.', '마셨습니다.') : text));
const shorter = references.map((text, i) => (i % 2 === 0 ? text.replace(/^\S+ /, '') : text));

for (const [name, texts] of Object.entries({ polite, shorter })) {
  const { score, signature } = bleu(texts, references, { tokenize: 'char' });
  console.log(`${name}: BLEU ${score.toFixed(1)} (${signature})`);
  const chrfPlus = chrf(texts, references, { wordOrder: 2 });
  console.log(
    `${name}: ${chrfPlus.name} ${chrfPlus.score.toFixed(1)}, TER ${ter(texts, references).score.toFixed(1)}`,
  );
}

const { difference, interval, pValue } = pairedBootstrap(polite, shorter, references, chrfMetric());
const [low, high] = interval.map((value) => value.toFixed(1));
console.log(
  `chrF: difference ${difference.toFixed(1)}, 95 % within ${low} and ${high}, p = ${pValue.toFixed(3)}`,
);

// Prints:
// polite: BLEU 90.0 (nrefs:1|case:mixed|eff:no|tok:char|smooth:exp)
// polite: chrF2++ 91.7, TER 8.5
// shorter: BLEU 87.0 (nrefs:1|case:mixed|eff:no|tok:char|smooth:exp)
// shorter: chrF2++ 87.9, TER 12.5
// chrF: difference 6.0, 95 % within 2.6 and 9.4, p = 0.002
