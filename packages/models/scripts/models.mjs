import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCard } from './card.mjs';

/** The folder of all models. */
export const MODELS = fileURLToPath(new URL('../models/', import.meta.url));

/** The names of the models in a folder. */
export const modelNames = (folder = MODELS) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    : [];

/** The files of a model, with `/` between folders, sorted. */
export const modelFiles = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();

/** Size of all files of a model in bytes. */
export const modelBytes = (directory) =>
  modelFiles(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);

/**
 * What the package says about a model, and the names of its files without the card.
 *
 * @param {string} directory
 * @param {Readonly<Record<string, readonly string[]>>} modelTypes `MODEL_TYPES` of `@headwise/core`
 */
export function describeModel(directory, modelTypes) {
  const read = (file) => readFileSync(join(directory, file), 'utf8');
  const { header, description } = readCard(read('README.md'));
  const { model_type: modelType } = JSON.parse(read('config.json'));
  const [kind] = Object.entries(modelTypes).find(([, types]) => types.includes(modelType)) ?? [];
  if (kind === undefined) throw new Error(`${directory}: model_type ${modelType} is not supported`);
  return {
    info: {
      kind,
      task: header.get('pipeline_tag') ?? '',
      description,
      bytes: modelBytes(directory),
      license: header.get('license') ?? '',
      dataLicense: header.get('data_license') ?? '',
    },
    files: modelFiles(directory).filter((file) => file !== 'README.md'),
  };
}
