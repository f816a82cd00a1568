import { FormatError } from '@headwise/core';
import { asyncBufferFromFile } from 'hyparquet';
import { ParquetFile } from './file.ts';
import type { FromProcess, PlainError, Question, Start } from './protocol.ts';

// Reads a Parquet file in a process of its own, which can be ended when a broken file keeps it busy, and may die of its memory: V8 ends the whole process when
// an array outgrows it, also in a thread.

const { path, fields } = JSON.parse(process.argv[2]!) as Start;
const post = (message: FromProcess) => process.send!(message);
let opened: Promise<ParquetFile> | undefined;

async function open(): Promise<ParquetFile> {
  const file = await asyncBufferFromFile(path);
  const slice = async (start: number, end?: number) => {
    const bytes = await file.slice(start, end);
    post({ kind: 'bytes', bytes: bytes.byteLength });
    return bytes;
  };
  return ParquetFile.open({ byteLength: file.byteLength, slice }, fields);
}

async function answer(question: Question): Promise<unknown> {
  opened ??= open();
  const file = await opened;
  switch (question.kind) {
    case 'groups':
      return file.groups;
    case 'divide':
      return file.divide(question.group, question.size);
    case 'rows':
      return file.rows(question.start, question.end);
  }
}

function plain(error: unknown): PlainError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof FormatError) return { message, rule: error.rule };
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? { message } : { message, system: { code, errno, syscall, path } };
}

process.on('message', (question: Question) => {
  answer(question).then(
    (value) => post({ kind: 'answer', answer: value }),
    (error) => post({ kind: 'error', error: plain(error) }),
  );
});
