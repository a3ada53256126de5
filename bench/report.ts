export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** One line a measurement: the ratio is what counts, the times say what machine it was. */
export function report(what: string, ours: number, baselineName: string, baseline: number, note = ""): void {
  const ratio = (ours / baseline).toFixed(2);
  const ms = (n: number): string => `${Math.round(n)} ms`;
  console.log(
    `${what}: ${ratio} x (${ms(ours)}; baseline, ${baselineName}: ${ms(baseline)})${note ? `; ${note}` : ""}`,
  );
}
