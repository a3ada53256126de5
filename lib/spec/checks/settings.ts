import { checkCommonValue } from "../common-config";
import { checkConfigKey } from "../config-keys";
import type { Family } from "../families";
import {
  LOAD_BALANCING,
  type ClusterSpec,
  type ClusterSpecInput,
  type ConfigValue,
  type Problem,
} from "../spec";
import { checkDataRoot, checkImage, checkRegistry } from "../validators";
import { checkOneOf, checkWhole, errorIf } from "./problem";

/** Below 3 s one lost keep-alive ends a session; above 300 s a dead coordinator blocks its standby for minutes. */
const SESSION_TTL = { min: 3, max: 300 };

/** MiB. Below, the metadata of a small Milvus does not fit; etcd warns of more than 8 GiB (etcd-io/website v3.5 dev-guide/limit.md). */
const ETCD_QUOTA = { min: 64, max: 8192 };

export function checkSettings(input: ClusterSpecInput, spec: ClusterSpec): Problem[] {
  const registry = input.registry === undefined ? undefined : checkRegistry(input.registry);
  return [
    ...errorIf("dataRoot", checkDataRoot(spec.dataRoot)),
    ...checkWhole("sessionTtlSeconds", spec.sessionTtlSeconds, SESSION_TTL.min, SESSION_TTL.max),
    ...checkWhole("etcdQuotaMb", spec.etcdQuotaMb, ETCD_QUOTA.min, ETCD_QUOTA.max),
    ...errorIf("loadBalancing", checkOneOf(spec.loadBalancing, LOAD_BALANCING)),
    ...errorIf("registry", registry),
    ...(registry ? [] : checkImages(spec)),
  ];
}

export function checkConfig(config: Readonly<Record<string, ConfigValue>>, family: Family): Problem[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const message = checkConfigKey(key, family) ?? checkCommonValue(key, value) ?? checkFinite(value);
    return errorIf(`config["${key}"]`, message);
  });
}

function checkFinite(value: ConfigValue): string | undefined {
  if (typeof value !== "number" || Number.isFinite(value)) return undefined;
  return `${value} is not a number that YAML can hold`;
}

function checkImages({ images }: ClusterSpec): Problem[] {
  return Object.entries(images).flatMap(([name, image]) =>
    errorIf(`images.${name}`, checkImage(image as string)),
  );
}
