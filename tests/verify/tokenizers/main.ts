import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { DecodeStream, type Encoding, Tokenizer } from '@headwise/core';

// Real tokenizer.json files against Hugging Face's library `tokenizers` (Rust), whose results are in expected.json as hashes: `npm run verify --
// tokenizers`. `npm run verify -- tokenizers NAME INDEX FIELD` prints one value, as `python expected.py NAME INDEX FIELD` does.

/** The library's results for a tokenizer: the beginnings of the hashes of a field's values, one after the other, by field. */
type Expected = Readonly<Record<Field | 'sha256', string>>;

interface ExpectedFile {
  readonly source: string;
  readonly lists: readonly number[];
  readonly tokenizers: Readonly<Record<string, Expected>>;
}

const FIELDS = ['ids', 'bare', 'tokens', 'offsets', 'typeIds', 'decoded', 'plain', 'stream'] as const;
type Field = (typeof FIELDS)[number];
type Values = Partial<Record<Field, unknown>>;

/** What is tokenized: a text, a pair, or ids, which are only decoded. */
type Input = { readonly text: string; readonly pair?: string } | { readonly ids: readonly number[] };

/** Characters of base64 for each value. */
const CHARACTERS = 4;
const NOT_GIVEN = '-'.repeat(CHARACTERS);
/** The differences that are printed for each tokenizer. */
const SHOWN = 5;

const root = new URL('../../../', import.meta.url);
const read = async (url: URL) => JSON.parse(await readFile(url, 'utf8')) as unknown;
const files = (await read(new URL('files.json', import.meta.url))) as Record<string, string>;
const expected = (await read(new URL('expected.json', import.meta.url))) as ExpectedFile;
const conformance = new URL('packages/core/test/fixtures/tokenizers/vocabularies.json.gz', root);
const { texts, pairs } = JSON.parse(gunzipSync(await readFile(conformance)).toString()) as {
  texts: string[];
  pairs: [number, number][];
};

const [name, index, field] = process.argv.slice(2);
if (name !== undefined) {
  const tokenizer = await open(name);
  const values = valuesOf(tokenizer, [...inputs(tokenizer)][Number(index)]!, true);
  console.log(JSON.stringify(values[field as Field]));
} else {
  await verify();
}

async function open(name: string): Promise<Tokenizer> {
  const path = files[name];
  if (path === undefined) throw new Error(`expected one of ${Object.keys(files).join(', ')}, got ${name}`);
  return Tokenizer.fromFiles({ tokenizerJson: await read(new URL(path, root)) });
}

async function verify(): Promise<void> {
  let [equal, different, values, streams] = [0, 0, 0, 0];
  for (const name of Object.keys(files)) {
    const want = expected.tokenizers[name];
    if (want === undefined) throw new Error(`expected.json lacks ${name}: run expected.py`);
    const differences: string[] = [];
    const every = createHash('sha256');
    const tokenizer = await open(name);
    for (const [i, input] of [...inputs(tokenizer)].entries()) {
      const got = valuesOf(tokenizer, input, hashAt(want, 'stream', i) !== NOT_GIVEN);
      for (const [field, value] of Object.entries(got) as [Field, unknown][]) {
        const text = JSON.stringify(value);
        every.update(`${text}\n`);
        if (value === null) continue;
        values++;
        if (field === 'stream') streams++;
        const hash = createHash('sha256').update(text).digest('base64').slice(0, CHARACTERS);
        if (hash !== hashAt(want, field, i)) {
          differences.push(`  ${name} ${i} ${field} of ${JSON.stringify(input)}: ${text}`);
        }
      }
    }
    // The hashes of values are short; this one is not.
    if (every.digest('hex') === want.sha256 && differences.length === 0) equal++;
    else different++;
    console.log(`${name}: ${differences.length === 0 ? 'equal' : `${differences.length} differences`}`);
    for (const line of differences.slice(0, SHOWN)) console.log(line.slice(0, 400));
  }
  const entries = `${texts.length} texts, ${pairs.length} pairs and ${expected.lists.length} lists of ids`;
  const counts = `${equal + different} tokenizers x ${entries}`;
  console.log(`${values} values compared with ${expected.source.split(';')[0]}, ${streams} of them streams`);
  console.log(different === 0 ? `${counts}: all equal` : `${counts}: ${different} tokenizers differ`);
  if (different > 0) process.exitCode = 1;
}

function hashAt(want: Expected, field: Field, index: number): string {
  return want[field].slice(index * CHARACTERS, (index + 1) * CHARACTERS);
}

function* inputs(tokenizer: Tokenizer): Generator<Input> {
  for (const text of texts) yield { text };
  for (const [first, second] of pairs) yield { text: texts[first]!, pair: texts[second]! };
  for (const count of expected.lists) yield { ids: randomIds(size(tokenizer), count) };
}

/** The number of tokens. `vocabSize` is the largest id plus one, and some files skip ids. */
function size(tokenizer: Tokenizer): number {
  let count = 0;
  for (let id = 0; id < tokenizer.vocabSize; id++) if (tokenizer.idToToken(id) !== undefined) count++;
  return count;
}

/** The ids of `random_ids` in packages/core/test/fixtures/make/tokenizer_texts.py. */
function randomIds(size: number, count: number): number[] {
  const ids: number[] = [];
  for (let state = BigInt(count); ids.length < count; ) {
    state = (state * 1103515245n + 12345n) % 2n ** 31n;
    ids.push(Number((state >> 8n) % BigInt(size)));
  }
  return ids;
}

function valuesOf(tokenizer: Tokenizer, input: Input, streamed: boolean): Values {
  if ('ids' in input) return { ids: input.ids, ...decodings(tokenizer, input.ids, streamed) };
  const { text, pair } = input;
  const options = pair === undefined ? {} : { pair };
  const encoding = tokenizer.encode(text, { ...options, offsets: true });
  return {
    ids: [...encoding.ids],
    bare: [...tokenizer.encode(text, { ...options, addSpecialTokens: false }).ids],
    tokens: encoding.tokens,
    offsets: codePointOffsets(encoding, [text, pair ?? '']),
    typeIds: [...encoding.typeIds],
    ...decodings(tokenizer, encoding.ids, streamed),
  };
}

function decodings(tokenizer: Tokenizer, ids: ArrayLike<number>, streamed: boolean): Values {
  const decode = (skipSpecialTokens: boolean) =>
    tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false });
  const plain = decode(true);
  const stream = new DecodeStream(tokenizer);
  const pieces = Array.from(ids, (id) => stream.push(id));
  // The whole stream gives the decoded text, which the library's stream does not return to the end.
  const whole = pieces.join('') + stream.finish();
  if (streamed && whole !== plain)
    throw new Error(`the stream gives ${JSON.stringify(whole)} for ${JSON.stringify(plain)}`);
  return { decoded: decode(false), plain, stream: streamed ? pieces : null };
}

/** Offsets as the library has them: pairs of start and end, in code points. */
function codePointOffsets(encoding: Encoding, sources: readonly string[]): number[][] {
  const points = sources.map(codePointIndex);
  return Array.from(encoding.ids, (_, i) => {
    const [start = 0, end = 0] = encoding.offsets!.subarray(2 * i, 2 * i + 2);
    const index = points[encoding.sequenceIds[i]!];
    return index === undefined ? [start, end] : [index[start]!, index[end]!];
  });
}

/** The number of code points before each UTF-16 code unit. */
function codePointIndex(text: string): number[] {
  const index: number[] = [];
  let count = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) index.push(count);
    count++;
  }
  return [...index, count];
}
