import { PassThrough } from "node:stream";
import Docker from "dockerode";
import type { Engine, ImageOnHost, OneOff, OneOffResult } from "./ports/engine";
import { within } from "./wait";

/** Programs that are run here say a line or two. */
const OUTPUT_LIMIT = 64 << 10;
/** Names such containers, so that those of a daemon that was killed are found. */
const LABEL = "milvus-onprem.one-off";
const NO_TAG = /^<none>/;
/** An option of the engine that the client's types do not know. */
const WITH_SHARED_SIZE = { all: false, "shared-size": true };

/** The engine behind /var/run/docker.sock. */
export class DockerEngine implements Engine {
  private readonly docker = new Docker({ socketPath: "/var/run/docker.sock" });

  async run(o: OneOff): Promise<OneOffResult> {
    await this.removeLeftovers(o.image);
    const container = await this.docker.createContainer({
      Image: o.image,
      Entrypoint: [...o.command.slice(0, 1)],
      Cmd: [...o.command.slice(1)],
      User: "0:0",
      Labels: { [LABEL]: o.image },
      NetworkDisabled: true,
      HostConfig: { Binds: [...o.binds], NetworkMode: "none", SecurityOpt: ["label=disable"] },
    });
    const cancel = (): void => void container.kill().catch(() => undefined);
    o.signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await within(o.deadlineMs, o.command.join(" "), this.output(container), cancel);
    } finally {
      o.signal?.removeEventListener("abort", cancel);
      await container.remove({ force: true });
    }
  }

  async images(): Promise<ImageOnHost[]> {
    const [images, containers] = await Promise.all([
      this.docker.listImages(WITH_SHARED_SIZE),
      this.docker.listContainers({ all: true }),
    ]);
    const used = new Set(containers.map((c) => c.ImageID));
    return images.map((image) => ({
      id: image.Id,
      references: [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter((r) => !NO_TAG.test(r)),
      bytes: image.Size - Math.max(0, image.SharedSize ?? 0),
      used: used.has(image.Id),
    }));
  }

  async removeImage(id: string): Promise<boolean> {
    try {
      const { RepoTags } = await this.docker.getImage(id).inspect();
      // An image with several names goes with the last of them; by its id it would need force, which looks at no container.
      for (const name of RepoTags.length > 0 ? RepoTags : [id]) await this.docker.getImage(name).remove();
      return true;
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      if (statusCode === 404) return true;
      if (statusCode === 409) return false;
      throw error;
    }
  }

  private async output(container: Docker.Container): Promise<OneOffResult> {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [stdout, stderr] = [new Text(), new Text()];
    container.modem.demuxStream(stream, stdout.sink, stderr.sink);
    const ended = new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject));
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    await ended;
    return { exitCode: StatusCode, stdout: stdout.value, stderr: stderr.value };
  }

  /** One program of an image runs at a time, so a container that is still there lost its daemon. */
  private async removeLeftovers(image: string): Promise<void> {
    const found = await this.docker.listContainers({
      all: true,
      filters: { label: [`${LABEL}=${image}`], status: ["created", "exited", "dead"] },
    });
    await Promise.all(
      found.map((c) =>
        this.docker
          .getContainer(c.Id)
          .remove()
          .catch(() => undefined),
      ),
    );
  }
}

class Text {
  value = "";
  readonly sink = new PassThrough();

  constructor() {
    this.sink.on("data", (chunk: Buffer) => {
      if (this.value.length < OUTPUT_LIMIT) this.value += chunk.toString("utf8");
    });
  }
}
