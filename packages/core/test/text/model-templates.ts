import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Chat templates of models, by the model's name, as GGUF files have them. They are a list in the source of a development dependency, which
 * does not export it.
 */
export function modelTemplates(): Map<string, string> {
  const file = createRequire(import.meta.url).resolve('@huggingface/ollama-utils');
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf('[', source.indexOf('var OLLAMA_CHAT_TEMPLATE_MAPPING ='));
  const end = source.indexOf('\n];', start);
  if (start < 0 || end < 0) throw new Error(`no list of chat templates in ${file}`);
  const list = new Function(`return ${source.slice(start, end + 2)}`)() as { model: string; gguf: string }[];
  const templates = new Map<string, string>();
  const seen = new Set<string>();
  for (const { model, gguf } of list) {
    if (!seen.has(gguf)) templates.set(model, gguf);
    seen.add(gguf);
  }
  return templates;
}
