import { parts, type Part } from "./picture-parts";
import { peerGroups, peerNames, type Mark, type PeerGroup, type Scene, type Sides } from "./picture-peers";
import { namesText } from "../../plan/names-text";

/** Fills that dark and light pages show alike, with the colour of the text. */
const STYLES: Readonly<Record<Exclude<Mark, "same">, string>> = {
  added: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
  removed: "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4 3",
  changed: "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
};

/** Address of each peer by name; undefined: not known yet. */
export type Addresses = ReadonlyMap<string, string | undefined>;

/**
 * The cluster before and after as one Mermaid flowchart: what comes, goes or is restarted has a colour. Empty where nothing has.
 */
export function picture(sides: Sides, scene: Scene, addresses: Addresses): string[] {
  const spec = sides.after ?? sides.before;
  if (!spec) return [];
  const shared = parts(sides, scene.rows);
  const partsOn = (name: string): string =>
    shared.flatMap(({ on }, i) => (on.includes(name) ? [i] : [])).join();
  const groups = peerGroups(sides, scene, partsOn);
  if ([...groups, ...shared].every(({ mark }) => mark === "same")) return [];
  const order = peerNames(sides);
  return [
    "flowchart LR",
    '  clients(["clients"]) --> peers',
    `  subgraph peers [${quoted([`${spec.name}: Milvus ${versionsText(sides)}`])}]`,
    ...groups.map(
      (group, i) => `    p${i}[${quoted(groupLines(group, order, addresses))}]${styled(group.mark)}`,
    ),
    "  end",
    // Mermaid's own fill of a group is that of what changes.
    "  style peers fill:transparent,stroke:#8b949e",
    ...shared.flatMap((part, i) => partLines(part, `s${i}`, groups)),
    ...styles([...groups, ...shared]),
  ];
}

export function versionsText({ before, after }: Sides): string {
  const versions = [before, after].flatMap((spec) => (spec ? [spec.version] : []));
  return [...new Set(versions)].join(" → ");
}

function groupLines(
  { names, runs, notes }: PeerGroup,
  order: readonly string[],
  addresses: Addresses,
): string[] {
  const address = names.length === 1 ? [addresses.get(names[0]!) ?? "address not known yet"] : [];
  return [namesText(names, order), ...address, runs, ...notes];
}

function partLines({ text, mark, on }: Part, id: string, groups: readonly PeerGroup[]): string[] {
  const ends = groups.flatMap(({ names }, i) => (names.some((name) => on.includes(name)) ? [`p${i}`] : []));
  return [
    `  ${ends.length === 0 ? "peers" : ends.join(" & ")} --> ${id}[(${quoted([text])})]${styled(mark)}`,
  ];
}

const styled = (mark: Mark): string => (mark === "same" ? "" : `:::${mark}`);

function styles(drawn: readonly { readonly mark: Mark }[]): string[] {
  return Object.entries(STYLES)
    .filter(([mark]) => drawn.some((part) => part.mark === mark))
    .map(([mark, style]) => `  classDef ${mark} ${style}`);
}

/** Mermaid's own entities stand for what would end or format a label. */
function quoted(lines: readonly string[]): string {
  const safe = lines.map((line) => line.replace(/[#"<>`]/g, (c) => `#${c.codePointAt(0)};`));
  return `"${safe.join("<br/>")}"`;
}
