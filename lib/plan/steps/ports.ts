import { restartImpact } from "../impact";
import { rolesIn } from "../../spec/roles";
import { movedPorts } from "../ports";
import type { ChangeStep, Impact } from "../step";
import type { Transition } from "../transition";

/** nginx opens and leaves ports by a reload; it stays. */
const RELOADED = "nginx";

/** Containers find each other by their ports, so those that know one that moves stop, and start again, all at once. */
export function portsStep(t: Transition): ChangeStep[] {
  const why = movedPorts(t);
  const services = [...new Set(t.touched.map(({ service }) => service))].filter((s) => s !== RELOADED);
  if (why.length === 0 || (services.length === 0 && t.files.size === 0)) return [];
  const moved = why.map((line) => line.slice("ports.".length)).join(", ");
  return [
    {
      name: "move ports",
      kind: "movePorts",
      title: `move ports (${moved}): stop ${listed(services)} on all peers, have nginx know the new ones, and start all at once`,
      why,
      peers: t.to.peers.map(({ name }) => name),
      services,
      impact: impact(t, services),
    },
  ];
}

function listed(services: readonly string[]): string {
  return services.length === 0 ? "nothing" : services.join(", ");
}

function impact({ to }: Transition, services: readonly string[]): Impact {
  const roles = rolesIn(to).map(({ name }) => name);
  if (!services.some((service) => roles.includes(service) || service === "pulsar"))
    return restartImpact(to, services[0] ?? RELOADED);
  return { reads: "stop", writes: "stop", detail: "all of them start anew, some 60 s" };
}
