import { basename, isAbsolute } from "node:path";
import { version } from "../../../package.json";
import { RULES } from "./rules";
import type { Review } from "./review";
import type { Risk } from "./risks";
import { riskText } from "./text";

/** SARIF 2.1.0 (OASIS), one result a risk. `file` is what results are pinned to: code scanning wants a file. */
export function sarif({ risks }: Review, file: string): string {
  const rules = Object.entries(RULES).map(([id, { level, text }]) => ({
    id,
    shortDescription: { text },
    defaultConfiguration: { level },
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "milvus-onprem review", version, rules } },
        results: risks.map((r) => result(r, uriOf(file))),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

/** Below the repository; how a machine is laid out is nobody's matter. */
function uriOf(file: string): string {
  return encodeURI(isAbsolute(file) ? basename(file) : file);
}

function result(risk: Risk, uri: string): object {
  const { rule, level, address } = risk;
  const resource =
    address === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: address, kind: "resource" }] };
  return {
    ruleId: rule,
    ruleIndex: Object.keys(RULES).indexOf(rule),
    level,
    message: { text: riskText(risk) },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } }, ...resource }],
  };
}
