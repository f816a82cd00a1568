import { type TaskName, type TaskPair, taskNames } from '../../data/grammar/index.ts';

/** A sentence under some prefix, which may be none of the tasks or one that does not fit the sentence's language. */
export interface Probe {
  /** Empty: no prefix. */
  readonly prefix: string;
  readonly language: 'en' | 'ko';
  readonly sentence: string;
  readonly translation: string;
  readonly source: string;
}

/** What a model does with a prefix, as shares of its outputs. */
export interface PrefixUse {
  readonly prefix: string;
  readonly language: 'en' | 'ko';
  readonly count: number;
  /** Outputs with Hangul and without Latin letters. */
  readonly korean: number;
  /** Outputs that repeat the sentence. */
  readonly copies: number;
  /** Outputs that are the translation of the sentence. */
  readonly translations: number;
  readonly example: { readonly sentence: string; readonly output: string };
}

/** Prefixes that no model has seen. */
const UNKNOWN = ['', 'future', 'translate English to French'];

/** The first test sentences of both translation tasks under every prefix, known ones and others. */
export function probesOf(test: readonly TaskPair[], count: number): Probe[] {
  const sentencesOf = (task: TaskName, language: 'en' | 'ko') =>
    test
      .filter((pair) => pair.task === task)
      .slice(0, count)
      .map(({ source, target }) => ({
        language,
        sentence: source.slice(task.length + 2),
        translation: target,
      }));
  const sentences = [
    ...sentencesOf('translate English to Korean', 'en'),
    ...sentencesOf('translate Korean to English', 'ko'),
  ];
  return [...taskNames, ...UNKNOWN].flatMap((prefix) =>
    sentences.map((one) => ({
      ...one,
      prefix,
      source: prefix === '' ? one.sentence : `${prefix}: ${one.sentence}`,
    })),
  );
}

export const isKorean = (text: string): boolean => /\p{Script=Hangul}/u.test(text) && !/[A-Za-z]/.test(text);

export function prefixUses(probes: readonly Probe[], outputs: readonly string[]): PrefixUse[] {
  const groups = new Map<string, { readonly probe: Probe; readonly output: string }[]>();
  for (const [i, probe] of probes.entries()) {
    const key = `${probe.prefix}\n${probe.language}`;
    groups.set(key, [...(groups.get(key) ?? []), { probe, output: outputs[i]! }]);
  }
  return [...groups.values()].map((members) => {
    const { probe, output } = members[0]!;
    const share = (isCounted: (member: (typeof members)[number]) => boolean) =>
      members.filter(isCounted).length / members.length;
    return {
      prefix: probe.prefix,
      language: probe.language,
      count: members.length,
      korean: share((one) => isKorean(one.output)),
      copies: share((one) => one.output === one.probe.sentence),
      translations: share((one) => one.output === one.probe.translation),
      example: { sentence: probe.sentence, output },
    };
  });
}
