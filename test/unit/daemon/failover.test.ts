import { Failover } from "../../../lib/daemon/failover";

const anything = (): boolean => true;

test("stays with a server that answers, and moves on from one that does not", async () => {
  const failover = new Failover(["a", "b", "c"], anything);
  const asked: string[] = [];
  const work = async (server: string) => {
    asked.push(server);
    if (server === "a" && asked.length > 1) throw new Error("down");
    return server;
  };
  expect(await failover.call(work)).toBe("a");
  expect(await failover.call(work)).toBe("b");
  expect(await failover.call(work)).toBe("b");
  expect(asked).toEqual(["a", "a", "b", "b"]);
});

test("asks each once and throws the last error when none answers", async () => {
  const failover = new Failover(["a", "b"], anything);
  await expect(failover.call((server) => Promise.reject(new Error(`${server} is down`)))).rejects.toThrow(
    "b is down",
  );
});

test("an error that others would repeat is not taken elsewhere", async () => {
  const failover = new Failover(["a", "b"], () => false);
  const asked: string[] = [];
  const work = (server: string) => {
    asked.push(server);
    return Promise.reject(new Error("lease not found"));
  };
  await expect(failover.call(work)).rejects.toThrow("lease not found");
  expect(asked).toEqual(["a"]);
});

test("calls that fail side by side move on by one server, not by two", async () => {
  const failover = new Failover(["a", "b", "c"], anything);
  const work = async (server: string) => {
    await new Promise(setImmediate);
    if (server === "a") throw new Error("down");
    return server;
  };
  expect(await Promise.all([failover.call(work), failover.call(work)])).toEqual(["b", "b"]);
});

describe("other servers", () => {
  test("the one that is used stays so, wherever it comes in the new order", async () => {
    const failover = new Failover(["a", "b"], anything);
    await failover.call(async (server) => {
      if (server === "a") throw new Error("down");
    });
    failover.setTargets(["c", "a", "b"]);
    expect(await failover.call(async (server) => server)).toBe("b");
  });

  test("begin with the first when the one that is used is gone", async () => {
    const failover = new Failover(["a", "b"], anything);
    failover.setTargets(["b", "c"]);
    expect(await failover.call(async (server) => server)).toBe("b");
  });

  test("leave a call that is under way to those it began with, and what it finds says nothing of the new ones", async () => {
    const failover = new Failover(["a", "b"], anything);
    const asked: string[] = [];
    const answer = await failover.call(async (server) => {
      asked.push(server);
      if (server === "b") return "done";
      failover.setTargets(["c", "d"]);
      throw new Error("down");
    });
    expect([answer, asked]).toEqual(["done", ["a", "b"]]);
    expect(await failover.call(async (server) => server)).toBe("c");
  });
});
