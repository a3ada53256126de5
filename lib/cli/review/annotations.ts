import type { Review } from "./review";
import { headline, isEmpty, NOTHING, riskText } from "./text";

/**
 * Commands of a GitHub workflow: an annotation a risk, and one that says what the plan does.
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function annotations(review: Review): string {
  const said = isEmpty(review) ? NOTHING : `Milvus: ${headline(review)}.`;
  const found = review.risks.map((risk) => {
    const title = risk.address === undefined ? risk.rule : `${risk.rule}: ${risk.address}`;
    return `::${risk.level} title=${property(title)}::${data(riskText(risk))}`;
  });
  return [...found, `::notice title=milvus-onprem review::${data(said)}`].join("\n");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
