import { importIdText, parseImportId, type ImportId } from "../../../lib/spec/import-id";

const ID = "ops@10.0.0.11?private_key_file=~/.ssh/id_ed25519&token_file=/run/token";

test("names a peer, how to log in to it, and files with what no peer tells", () => {
  expect(parseImportId(ID)).toEqual({
    peers: [{ user: "ops", host: "10.0.0.11", privateKeyFile: "~/.ssh/id_ed25519" }],
    tokenFile: "/run/token",
  });
});

test("names several peers, each with a login of its own, and a jump host", () => {
  const jump = "jump=gate@gate.example:2222&jump_agent=true";
  expect(
    parseImportId(`${ID}&ca_key_file=/ca&token_generation=3,root@[2001:db8::2]:2022?${jump}&sudo=false`),
  ).toEqual({
    peers: [
      { user: "ops", host: "10.0.0.11", privateKeyFile: "~/.ssh/id_ed25519" },
      {
        ...{ user: "root", host: "2001:db8::2", port: 2022, sudo: false },
        jump: { user: "gate", host: "gate.example", port: 2222, agent: true },
      },
    ],
    ...{ tokenFile: "/run/token", caKeyFile: "/ca", tokenGeneration: 3 },
  });
});

test("a host key is written as OpenSSH writes it", () => {
  const hostKey = "ssh-ed25519 AAAAC3Nz+/aC1==";
  expect(parseImportId(`${ID}&host_key=${hostKey}`).peers[0].hostKey).toBe(hostKey);
});

test.each([
  ["10.0.0.11?token_file=/t", "before the ? belongs a peer as SSH reaches it"],
  ["ops@10.0.0.11", "token_file is missing"],
  [`${ID}&tokenfile=/t`, 'there is no "tokenfile"; did you mean "token_file"?'],
  [`${ID}&sudo=yes`, "sudo must be true or false"],
  [`${ID}&timeout_seconds=soon`, "timeout_seconds must be a whole number from 1 up"],
  [`${ID}&host_key=`, "host_key is empty"],
  [`${ID}&host_key=%zz`, "host_key is not percent-encoded rightly"],
  [`${ID}&jump_agent=true`, "jump_agent is given, and jump=user@host[:port] is not"],
  [`${ID}&jump=gate`, "jump must be user@host"],
  [`${ID},ops@10.0.0.12?token_file=/t`, "token_file belongs to the first peer, not to 10.0.0.12"],
])("%s is refused with what is wrong", (id, message) => {
  expect(() => parseImportId(id)).toThrow(message);
});

test.each(["private_key", "passphrase", "password", "token", "ca_key", "ca_key_pem", "jump_password"])(
  "%s is refused, and its value not repeated",
  (name) => {
    const parse = (): ImportId => parseImportId(`${ID}&${name}=sesame`);
    expect(parse).toThrow(`${name} must not be given here`);
    expect(parse).not.toThrow(/sesame/);
  },
);

test("every id is read as it was written", () => {
  const odd = "/a b/~%&,?=+#%2C";
  const jump = {
    user: "gate",
    host: "gate.example",
    port: 22,
    privateKeyFile: odd,
    agent: false,
    hostKey: odd,
  };
  const full = {
    user: "ops",
    host: "2001:db8::1",
    port: 2022,
    privateKeyFile: odd,
    agent: true,
    hostKey: odd,
  };
  const ids: ImportId[] = [
    { peers: [{ user: "root", host: "vm.example" }], tokenFile: odd },
    {
      peers: [{ ...full, sudo: true, timeoutSeconds: 5, jump }, { user: "root", host: "10.0.0.12" }, full],
      ...{ tokenFile: odd, caKeyFile: odd, tokenGeneration: 2 },
    },
  ];
  for (const id of ids) expect(parseImportId(importIdText(id))).toEqual(id);
});
