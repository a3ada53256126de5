import type { Command } from "commander";
import type { ComponentStatus, StatusReply } from "../../api/wire";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { print } from "../output";
import { tinted } from "../style";
import { table } from "../table";

interface Listed {
  readonly components: (ComponentStatus & { readonly peer: string; readonly address: string })[];
  /** Peers whose components are not known. */
  readonly unreachable: { readonly peer: string; readonly address: string; readonly error?: string }[];
}

export function addPs(program: Command): void {
  const command = program.command("ps").description("list the components of all peers, with their images");
  clusterCommand(command, async ({ cluster, o }) => {
    const reply = await cluster.ask((client) => client.status());
    print(o.output, listed(reply), psText);
    return EXIT.ok;
  });
}

function listed({ peers }: StatusReply): Listed {
  const lost = peers.filter((p) => !p.reachable);
  return {
    components: peers.flatMap(({ name, address, components }) =>
      components.map((c) => ({ peer: name, address, ...c })),
    ),
    unreachable: lost.map(({ name, address, error }) => ({ peer: name, address, error })),
  };
}

function psText({ components, unreachable }: Listed): string {
  const rows = [
    ...components.map((c) => [c.peer, c.name, tinted(c.health), c.image ?? "", c.detail ?? ""]),
    ...unreachable.map((u) => [u.peer, "", tinted("unreachable"), "", u.error ?? ""]),
  ];
  return table(["peer", "component", "health", "image", "detail"], rows);
}
