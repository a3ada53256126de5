import { bytesText } from "../../../plan/bytes-text";
import type { PoolStatus } from "../../minio/emptying";

/** How far MinIO is with moving objects, and how fast, in words. */
export class Pace {
  private readonly beganMs: number;
  private began: number | undefined;

  /** `total`: bytes to be moved in all, as far as that is known; 0 where it is not. */
  constructor(
    private readonly total: number,
    private readonly nowMs = () => performance.now(),
  ) {
    this.beganMs = nowMs();
  }

  text({ objects, bytes, failed }: PoolStatus): string {
    this.began ??= bytes;
    const seconds = (this.nowMs() - this.beganMs) / 1000;
    const rate = seconds < 1 ? 0 : Math.max(0, bytes - this.began) / seconds;
    const of = this.total > bytes ? ` of about ${bytesText(this.total)}` : "";
    const stuck = failed > 0 ? `; ${failed} could not be moved yet` : "";
    return `${bytesText(bytes)}${of} moved, ${objects} objects, ${bytesText(rate)}/s${stuck}`;
  }

  /** Part of it that is done, 0 to 1. */
  part({ bytes }: PoolStatus): number {
    return this.total === 0 ? 0 : Math.min(1, bytes / this.total);
  }
}
