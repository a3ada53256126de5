import { X509Certificate } from "node:crypto";

/** When a certificate (PEM) ends. */
export function endOf(certPem: string): Date {
  return new Date(new X509Certificate(certPem).validTo);
}

/** The first end of some certificates. */
export function firstEnd(certPems: readonly string[]): Date {
  return new Date(Math.min(...certPems.map((pem) => endOf(pem).getTime())));
}

/** Whether less than a third of its life is left, and another one of this CA would last longer. */
export function isDue(certPem: string, caPem: string, now: Date): boolean {
  const end = endOf(certPem).getTime();
  const begin = Date.parse(new X509Certificate(certPem).validFrom);
  return end - now.getTime() < (end - begin) / 3 && end < endOf(caPem).getTime();
}
