import { noop } from "cockatiel";
import { Etcd3, WatchClient, type ICallable, type IOptions } from "etcd3";

export interface EtcdMember {
  /** Name that its certificate carries. */
  readonly name: string;
  /** `https://host:port` */
  readonly url: string;
}

export interface EtcdTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Lists are one answer: 1,000 jobs of some kilobytes each are above the 4 MiB that gRPC takes by default. */
const ANSWER_BYTES = 64 << 20;
/** etcd refuses pings that come more often than every 5 s (--grpc-keepalive-min-time). */
const PING_EVERY_MS = 6_000;
const PING_ANSWER_MS = 2_000;

/** Client of one member, which makes each call once: whoever uses it decides whom to ask next. */
export class EtcdClient extends Etcd3 {
  /** Its watches end when the member loses its leader: else it would be silent, and look as if nothing changed. */
  readonly watches: WatchClient;

  constructor(member: EtcdMember, tls: EtcdTls, callTimeoutMs: number) {
    super(optionsOf(member, tls, callTimeoutMs));
    this.watches = new WatchClient(requireLeader(this.pool));
  }
}

function requireLeader(pool: ICallable<unknown>): ICallable<unknown> {
  return {
    exec: pool.exec.bind(pool),
    markFailed: pool.markFailed.bind(pool),
    callOptionsFactory: pool.callOptionsFactory,
    withConnection: (service, work) =>
      pool.withConnection(service, (connection) => {
        connection.metadata.set("hasleader", "true");
        return work(connection);
      }),
  };
}

function optionsOf({ name, url }: EtcdMember, tls: EtcdTls, callTimeoutMs: number): IOptions {
  return {
    hosts: url,
    credentials: {
      rootCertificate: Buffer.from(tls.ca),
      certChain: Buffer.from(tls.cert),
      privateKey: Buffer.from(tls.key),
    },
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      // TLS knows names, not addresses.
      "grpc.ssl_target_name_override": name,
      // A member that comes back is found within a second.
      "grpc.initial_reconnect_backoff_ms": 200,
      "grpc.max_reconnect_backoff_ms": 1_000,
      // A link that swallows packets ends its watches.
      "grpc.keepalive_time_ms": PING_EVERY_MS,
      "grpc.keepalive_timeout_ms": PING_ANSWER_MS,
      "grpc.max_receive_message_length": ANSWER_BYTES,
    },
    defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + callTimeoutMs }),
  };
}
