import * as net from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

export interface FailedAuthLimit {
  /** Refused requests that an address may make in the time. @default 60 */
  readonly points?: number;
  /** @default 60 */
  readonly seconds?: number;
}

/**
 * Counts refused requests by address. A right token or certificate is never asked here: behind one address (NAT, a jump host)
 * an attacker must not be able to lock the operator out, and 256 random bits need no lock-out, only an end to the noise.
 */
export class FailedAuth {
  private readonly limiter: RateLimiterMemory;

  constructor({ points = 60, seconds = 60 }: FailedAuthLimit = {}) {
    this.limiter = new RateLimiterMemory({ points, duration: seconds });
  }

  /** Counts one; returns the seconds to wait when there have been too many. */
  async refused(address: string): Promise<number | undefined> {
    try {
      await this.limiter.consume(network(address));
      return undefined;
    } catch (error) {
      if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw error;
    }
  }
}

/** One customer has a whole /64 of IPv6 addresses. */
function network(address: string): string {
  if (!net.isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4).join(":");
}
