import type { ComposeFile } from "../compose-file";
import type { StepContext } from "./step";

/** The compose file that the step `configure` wrote. */
export async function composeOf({ ports }: Pick<StepContext, "ports">): Promise<ComposeFile> {
  const file = await ports.files.compose();
  if (!file)
    throw new Error(
      'docker-compose.yml is missing: the step "configure" has not run, or the file was removed',
    );
  return file;
}
