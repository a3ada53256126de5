import {
  addressesByName,
  attemptName,
  createCommand,
  objectsOfSegment,
  parseLogLine,
  parseMeta,
  restoreCommand,
  segmentsOf,
  wasLoaded,
} from "../../../lib/spec/milvus-backup";

describe("a line of its log", () => {
  test.each([
    [
      '[2026/05/29 10:00:00.000 +00:00] [INFO] [backup/task.go:410] ["start backup collections"] [task_id=7f] [count=2]',
      { level: "INFO", message: "start backup collections", fields: { task_id: "7f", count: "2" } },
    ],
    [
      '[2026/05/29 10:00:00.000 +00:00] [WARN] [a.go:1] [connected] [error="rpc error: code = [14] \\"no\\""]',
      { level: "WARN", message: "connected", fields: { error: 'rpc error: code = [14] "no"' } },
    ],
    [
      '[2026/05/29 10:00:00.000 +00:00] [INFO] [a.go:1] [listed] [ns="[\\"default.a\\",\\"default.b\\"]"]',
      { level: "INFO", message: "listed", fields: { ns: '["default.a","default.b"]' } },
    ],
  ])("is read: %s", (line, read) => {
    expect(parseLogLine(line)).toEqual(read);
  });

  test.each(["", "create backup success", "config: backup.yaml", "panic: [oh no]", "[a] [b]"])(
    "is none: %j",
    (line) => expect(parseLogLine(line)).toBeUndefined(),
  );
});

describe("its meta", () => {
  const ID = "450953432541364225";
  const text = `{"name":"attempt_1","milvus_version":"2.4.24","collection_backups":[{"collection_id":${ID},"collection_name":"films",
    "load_state":"Loaded","partition_backups":[{"partition_id":1,"partition_name":"_default","segment_backups":[
      {"segment_id":${ID.replace(/5$/, "7")},"collection_id":${ID},"partition_id":450953432541364226,"group_id":450953432541364227,
       "num_of_rows":3,"size":30,"binlogs":[{"fieldID":100,"binlogs":[{"log_path":"files/x","log_size":20,"log_id":450953432541364230}]}],
       "deltalogs":[{"binlogs":[{"log_size":10,"log_id":450953432541364231}]}]}]}],
    "l0_segments":[{"segment_id":9,"collection_id":${ID},"partition_id":-1,"deltalogs":[{"binlogs":[{"log_size":5,"log_id":8}]}]}]}]}`;

  test("tells every object and its size, and loses no digit of Milvus' ids", () => {
    const [films] = parseMeta(text).collection_backups!;
    expect(films).toMatchObject({ db_name: "default", collection_name: "films" });
    expect(wasLoaded(films!)).toBe(true);
    const segment = `${ID}/450953432541364226/450953432541364227/450953432541364227`;
    expect(segmentsOf(films!).flatMap(objectsOfSegment)).toEqual([
      { path: `binlogs/insert_log/${segment}/100/450953432541364230`, bytes: 20 },
      { path: `binlogs/delta_log/${segment}/450953432541364231`, bytes: 10 },
      { path: `binlogs/delta_log/${ID}/-1/9/8`, bytes: 5 },
    ]);
  });

  test("of an empty Milvus has no collections", () => {
    expect(parseMeta('{"name":"a"}').collection_backups ?? []).toEqual([]);
  });

  test("digits in a text stay what they are", () => {
    const odd = parseMeta('{"name":"a: 450953432541364225, \\"1\\"","milvus_version":"1"}');
    expect(odd).toMatchObject({ name: 'a: 450953432541364225, "1"', milvus_version: "1" });
  });

  test.each(["{}", "[]", '{"name":1.5}'])("is none: %s", (other) => {
    expect(() => parseMeta(other)).toThrow();
  });
});

test("its commands name no secret, and only what was asked for", () => {
  const all = { config: "/run/x.yaml", name: attemptName(1), filter: [], rights: true };
  expect(createCommand(all).join(" ")).toBe(
    "/app/milvus-backup --config /run/x.yaml create --name attempt_1 --rbac",
  );
  const some = { ...all, filter: ["default.a", "other.*"], rights: false, strategy: "skip_flush" } as const;
  expect(createCommand(some).slice(5)).toEqual(
    "--name attempt_1 --filter default.a,other.* --strategy skip_flush".split(" ").slice(1),
  );
  const [from, to] = [
    { database: "default", name: "a" },
    { database: "default", name: "b" },
  ];
  expect(restoreCommand({ config: "/run/x.yaml", name: "attempt_1", from, to }).join(" ")).toBe(
    "/app/milvus-backup --config /run/x.yaml restore --name attempt_1 --rename default.a:default.b --filter default.b --rebuild_index",
  );
});

test.each([
  ["s3.eu-central-1.amazonaws.com", true],
  ["storage.googleapis.com", true],
  ["minio.example", false],
  ["notamazonaws.com", false],
])("%s: buckets by name: %s", (host, byName) => expect(addressesByName(host)).toBe(byName));
