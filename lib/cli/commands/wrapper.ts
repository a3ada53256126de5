import type { Command } from "commander";
import { hostWrapper } from "../../host";
import { DAEMON_IMAGE } from "../../spec/defaults";
import { checkImage } from "../../spec/validators";
import { UsageError } from "../exit";

export function addWrapper(program: Command): void {
  program
    .command("wrapper")
    .argument("[image]", "the image that this program was started from, as Docker names it", DAEMON_IMAGE)
    .description("print the milvus-onprem command of a VM, which runs this program from its image")
    .action((image: string) => {
      const wrong = checkImage(image);
      if (wrong !== undefined) throw new UsageError(wrong);
      process.stdout.write(hostWrapper(image));
    });
}
