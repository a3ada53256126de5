import { filesMarkdown, type Room } from "./markdown-files";
import { stepsMarkdown } from "./markdown-steps";
import { code, fenced, folded, plain, table } from "./markdown-text";
import type { PeerReview } from "./peers";
import type { ClusterReview, Review, Told } from "./review";
import type { Risk } from "./risks";
import { clusterText, headline, isEmpty, NOTHING, riskText } from "./text";

/** In every comment, unseen: by it a workflow finds the one that it is to replace. */
export const MARKER = "<!-- milvus-onprem review -->";

/** GitHub takes comments of 65,536 characters; a workflow may add a line of its own. */
const MOST_CHARACTERS = 64_000;

/** The review as a comment on a pull request. */
export function markdown(review: Review): string {
  if (isEmpty(review)) return `${NOTHING} ${MARKER}`;
  const bare = comment(review, { left: 0 });
  const room = { left: Math.max(0, MOST_CHARACTERS - bare.length) };
  return comment(review, room);
}

function comment(review: Review, room: Room): string {
  const { clusters, risks, others } = review;
  const blocks = [
    [MARKER],
    [`## Milvus: ${headline(review)}`],
    ...alert(
      "CAUTION",
      risks.filter(({ level }) => level === "error"),
    ),
    ...alert(
      "WARNING",
      risks.filter(({ level }) => level === "warning"),
    ),
    peersMarkdown(review.peers),
    ...clusters.flatMap((cluster) => clusterMarkdown(cluster, room)),
    others > 0 ? [`Resources of other providers that change: ${others}. They are not reviewed here.`] : [],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n").trim())
    .join("\n\n");
}

function alert(kind: string, risks: readonly Risk[]): string[][] {
  if (risks.length === 0) return [];
  const told = risks.map(
    (risk) => `> - ${risk.address ? `${code(risk.address)}: ` : ""}${plain(riskText(risk))}`,
  );
  return [[`> [!${kind}]`, ...told]];
}

function peersMarkdown(peers: readonly PeerReview[]): string[] {
  const rows = peers
    .filter(({ fate }) => fate !== "unchanged")
    .map(({ resource, name, address, fate }) => [
      code(resource),
      plain(name),
      plain(address ?? "known only while applying"),
      fate === "replaced" || fate === "destroyed" ? `**${fate}**` : fate,
    ]);
  return rows.length === 0 ? [] : table(["resource", "peer", "address", "is"], rows);
}

function clusterMarkdown(cluster: ClusterReview, room: Room): string[][] {
  const head = [`### ${code(cluster.address)}: ${plain(clusterText(cluster))}`];
  const { fate, changed } = cluster;
  if (fate === "unchanged") return [head];
  return [
    head,
    changed.length > 0 ? [`Attributes with another value: ${changed.map(code).join(", ")}.`] : [],
    stepsMarkdown(cluster),
    pictureMarkdown(cluster),
    ...(fate === "destroyed" || fate === "forgotten"
      ? []
      : [
          toldMarkdown("What the layout survives", cluster.survives),
          toldMarkdown("How links are protected", cluster.links),
        ]),
    filesMarkdown(cluster, room),
  ];
}

function pictureMarkdown({ picture }: ClusterReview): string[] {
  if (picture.length === 0) return [];
  const colours = LEGEND.filter(([mark]) => picture.some((line) => line.startsWith(`  classDef ${mark} `)));
  const legend = colours.length === 0 ? [] : ["", `Colours: ${colours.map(([, text]) => text).join(", ")}.`];
  return ["#### Picture", "", ...fenced("mermaid", picture), ...legend];
}

const LEGEND = [
  ["added", "green: added"],
  ["removed", "red, dashed: removed"],
  ["changed", "yellow: changed or restarted"],
] as const;

/** What stays is not told again. */
function toldMarkdown(title: string, { before, after }: Told): string[] {
  if (!after) return [];
  if (!before)
    return folded(
      title,
      after.map((line) => `- ${plain(line)}`),
    );
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
  if (gone.length + come.length === 0) return [];
  return [`#### ${title}`, "", ...fenced("diff", [...gone, ...come])];
}
