import { randomInt } from "node:crypto";
import { map, string, type Resource } from "../../lib/provider/framework";

const attributes = {
  triggers: map("string", {
    optional: true,
    replace: true,
    description: "Any values; when one changes, the resource is replaced and its provisioners run again.",
  }),
  id: string({ computed: true, keep: true, description: "A random number." }),
};

/** null_resource, as the lab's stand-in for hashicorp/null has it. */
export const nullResource: Resource<typeof attributes> = {
  type: "null_resource",
  schema: { attributes, description: "Does nothing. (Stand-in for hashicorp/null, from the lab.)" },
  create: async () => ({ id: String(randomInt(2 ** 47)) }),
};
