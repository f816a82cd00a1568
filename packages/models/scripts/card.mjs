// Model cards: README.md of each model, with the hub's YAML header.

/** Keys that the header of a card must have. `command` and `seed` train the model again; `data_license` is the licence of the training data. */
const HEADER = ['license', 'data_license', 'language', 'pipeline_tag', 'library_name', 'command', 'seed'];

/** Sections that a card must have. */
const SECTIONS = ['Data', 'Training', 'Results', 'Limits', 'Example'];

/**
 * A model card: the values of its header, its first paragraph, and its sections by their titles.
 *
 * @param {string} text
 * @returns {{ header: Map<string, string>, description: string, sections: Map<string, string> }}
 */
export function readCard(text) {
  const [, head = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  const header = new Map(
    head.split('\n').flatMap((line) => {
      const [, key, value] = /^([a-z_]+): (.+)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  const [intro = '', ...parts] = body.split(/^## /m);
  const description = intro
    .replace(/^\s*# .*$/m, '')
    .trim()
    .split('\n\n')[0]
    .replaceAll('\n', ' ');
  const sections = new Map(
    parts.map((part) => {
      const [title, ...lines] = part.split('\n');
      return [title.trim(), lines.join('\n').trim()];
    }),
  );
  return { header, description, sections };
}

/**
 * What a model card lacks, as sentences; empty if it is complete.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function cardProblems(text) {
  const { header, description, sections } = readCard(text);
  const problems = [
    ...HEADER.filter((key) => !header.get(key)).map((key) => `the header has no ${key}`),
    ...SECTIONS.filter((title) => !sections.get(title)).map((title) => `there is no section ${title}`),
  ];
  if (description === '') problems.push('there is no description before the first section');
  if (!/^\d+$/.test(header.get('seed') ?? '0')) problems.push('seed must be a whole number');
  if (!/^npm run /.test(header.get('command') ?? 'npm run ')) problems.push('command must be one of npm run');
  if (!/\d/.test(sections.get('Results') ?? '0')) problems.push('Results has no figure');
  const example = exampleOf(text);
  if (sections.has('Example') && !example)
    problems.push('Example has no block of ts with the output as comments');
  return problems;
}

/**
 * The code of the example and the lines that it is to print: the comments after `console.log(…);`. Undefined if there is none.
 *
 * @param {string} text
 * @returns {{ code: string, output: string[] } | undefined}
 */
export function exampleOf(text) {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readCard(text).sections.get('Example') ?? '') ?? [];
  const output = [...(code ?? '').matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line]) => line);
  return code === undefined || output.length === 0 ? undefined : { code, output };
}
