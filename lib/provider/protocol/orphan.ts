const POLL_MS = 500;

/** Calls back once when the process that started this one has died, however it died: nothing else tells of a `kill -9`. */
export function onOrphaned(callback: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
