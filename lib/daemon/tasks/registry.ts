import { adoptToken, reportToken } from "./adopt-token";
import { rebootVm, reportBoot } from "./boot";
import { installCertificates, reportCertificates } from "./certificates";
import { cleanUp } from "./clean-up";
import { beginEtcd, dismissPeer, lookForEtcdData, stopServices } from "./membership";
import { pullImages, recreate, reportComponents, reportEtcdKnown, reportMade, writeFiles } from "./converge";
import { fetchEtcdSnapshot } from "./fetch-etcd-snapshot";
import { adoptPulsarData, fetchPulsarData, releasePulsarData, reportPulsarData } from "./pulsar-data";
import { reportTakenPorts } from "./ports";
import { removeJobContainers } from "./job-containers";
import { reportFullDisks } from "./room";
import { probeBackups } from "./probe-backups";
import { retainEtcdSnapshots } from "./retain-etcd-snapshots";
import { forgetSecrets, takeSecrets } from "./take-secrets";
import type { PeerTask } from "./task";

const TASKS = [
  adoptToken,
  reportToken,
  reportBoot,
  rebootVm,
  reportCertificates,
  installCertificates,
  cleanUp,
  fetchEtcdSnapshot,
  retainEtcdSnapshots,
  reportPulsarData,
  fetchPulsarData,
  releasePulsarData,
  adoptPulsarData,
  pullImages,
  recreate,
  reportComponents,
  reportEtcdKnown,
  reportMade,
  writeFiles,
  beginEtcd,
  lookForEtcdData,
  stopServices,
  dismissPeer,
  takeSecrets,
  forgetSecrets,
  probeBackups,
  reportFullDisks,
  reportTakenPorts,
  removeJobContainers,
] as unknown as PeerTask[];

/** Everything that a peer does for a job, by name. */
export const PEER_TASKS: ReadonlyMap<string, PeerTask> = new Map(TASKS.map((task) => [task.name, task]));
