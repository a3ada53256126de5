import type { ServiceDefinition } from "@grpc/grpc-js";
import { parse, type Root, type Type } from "protobufjs";

/** The gRPC service of that name (e.g. "tfplugin6.Provider") in a .proto text, for a server or a client. */
export function grpcService(proto: string, name: string): ServiceDefinition {
  const root = parse(proto, { keepCase: true }).root;
  const service = root.lookupService(name);
  return Object.fromEntries(
    service.methodsArray.map((method) => {
      const request = codec(root, `${service.parent?.fullName}.${method.requestType}`);
      const response = codec(root, `${service.parent?.fullName}.${method.responseType}`);
      const definition = {
        path: `/${name}/${method.name}`,
        requestStream: method.requestStream ?? false,
        responseStream: method.responseStream ?? false,
        requestSerialize: request.serialize,
        requestDeserialize: request.deserialize,
        responseSerialize: response.serialize,
        responseDeserialize: response.deserialize,
      };
      return [method.name, definition];
    }),
  );
}

function codec(root: Root, name: string): { serialize(o: object): Buffer; deserialize(b: Buffer): object } {
  const type: Type = root.lookupType(name);
  return {
    serialize: (message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    deserialize: (bytes) =>
      type.toObject(type.decode(bytes), { defaults: true, bytes: Buffer, longs: Number, enums: String }),
  };
}
