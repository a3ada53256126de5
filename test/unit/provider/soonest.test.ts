import type { PeerSession } from "../../../lib/provider/resources/peer-session";
import { soonest } from "../../../lib/provider/resources/soonest";

const sessions = Array.from({ length: 50 }, (_, i) => ({ name: `peer-${i + 1}` }) as PeerSession);
let asked: string[];
beforeEach(() => (asked = []));

/** What each peer says; silent where it never does. */
function ask(answer: (name: string) => Promise<string>): (session: PeerSession) => Promise<string> {
  return ({ name }) => {
    asked.push(name);
    return answer(name);
  };
}
const silence = new Promise<never>(() => undefined);
const refused = (name: string): Promise<never> => Promise.reject(new Error(`${name}: refused`));

test("of fifty peers that are up, three are asked", async () => {
  expect(
    await soonest(
      sessions,
      ask(async (name) => name),
    ),
  ).toBe("peer-1");
  expect(asked).toEqual(["peer-1", "peer-2", "peer-3"]);
});

test("where those fail, others are asked, and more and more of them", async () => {
  const found = await soonest(
    sessions,
    ask((name) => (name === "peer-20" ? Promise.resolve(name) : refused(name))),
  );
  expect(found).toBe("peer-20");
  expect(asked).toHaveLength(24);
});

test("where those are silent, others are asked after a while, and the first answer counts, whoever has it", async () => {
  let speak: (answer: string) => void;
  const late = new Promise<string>((resolve) => (speak = resolve));
  const found = soonest(
    sessions,
    ask((name) => {
      if (name === "peer-6") speak("peer-2");
      return name === "peer-2" ? late : silence;
    }),
  );
  expect(await found).toBe("peer-2");
  expect(asked).toHaveLength(6);
});

test("when nobody answers, everybody has been asked, and each reason is told", async () => {
  const errors = sessions.map(({ name }) => new Error(`${name}: refused`));
  await expect(soonest(sessions, ask(refused))).rejects.toMatchObject({ errors });
  expect(asked).toHaveLength(50);
});
