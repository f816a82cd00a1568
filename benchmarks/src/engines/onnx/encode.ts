import protobuf from 'protobufjs/minimal.js';
import { type SchemaType, schema } from './schema.ts';

type Types = Readonly<Record<string, SchemaType>>;
type Message = Readonly<Record<string, unknown>>;

/** Wire types of protobuf. */
const wire = { varint: 0, delimited: 2, fixed32: 5 } as const;

/** Bytes of a `ModelProto`. Fields without a value are left out. It works under content security policies that do not allow generated code. */
export function encodeModel(message: object): Uint8Array<ArrayBuffer> {
  const writer = protobuf.Writer.create();
  writeMessage(writer, schema.nested, schema.nested.ModelProto!, message as Message);
  return new Uint8Array(writer.finish());
}

function writeMessage(writer: protobuf.Writer, types: Types, type: SchemaType, message: Message): void {
  const known = { ...types, ...type.nested };
  for (const [name, field] of Object.entries(type.fields)) {
    const value = message[name];
    if (value === undefined) continue;
    const values = field.rule === 'repeated' ? (value as readonly unknown[]) : [value];
    const tag = (of: keyof typeof wire) => writer.uint32((field.id << 3) | wire[of]);
    for (const each of values) {
      if (field.type === 'int64') tag('varint').int64(each as number);
      else if (field.type === 'int32') tag('varint').int32(each as number);
      else if (field.type === 'float') tag('fixed32').float(each as number);
      else if (field.type === 'string') tag('delimited').string(each as string);
      else if (field.type === 'bytes') tag('delimited').bytes(each as Uint8Array);
      else {
        tag('delimited').fork();
        writeMessage(writer, known, known[field.type]!, each as Message);
        writer.ldelim();
      }
    }
  }
}
