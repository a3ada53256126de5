/** Progress for people: every stage says what it does, and how long it took. */
const started = Date.now();

const clock = (ms: number): string => {
  const s = Math.round(ms / 1000);
  return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
};

export async function stage<T>(title: string, work: () => Promise<T> | T): Promise<T> {
  const from = Date.now();
  console.log(`[${clock(from - started)}] ${title} …`);
  try {
    const result = await work();
    console.log(`[${clock(Date.now() - started)}] ${title}: done in ${clock(Date.now() - from)}`);
    return result;
  } catch (error) {
    console.log(`[${clock(Date.now() - started)}] ${title}: FAILED after ${clock(Date.now() - from)}`);
    throw error;
  }
}
