import protobuf from 'protobufjs/light.js';
import { schema } from './schema.ts';

/** ONNX's `ModelProto`, ready to decode. It generates code, which pages with a content security policy do not allow: see `encodeModel`. */
export const ModelProto: protobuf.Type = protobuf.Root.fromJSON(schema).lookupType('ModelProto');
