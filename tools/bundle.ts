import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { Root } from "protobufjs";

/** One CommonJS file that runs on a plain Node 20: nothing is read from node_modules when it runs. */
export async function bundle(entry: string, outfile: string, banner = "#!/usr/bin/env node"): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    banner: { js: banner },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "warning",
    plugins: [withoutNativeModules, withEmbeddedEtcdProto, withEmbeddedDocsScript],
  });
}

/** ssh2 tries its native modules and goes on in JavaScript without them: a bundle must run on any architecture. */
const withoutNativeModules: Plugin = {
  name: "without-native-modules",
  setup(esbuild) {
    esbuild.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, namespace: "native" }));
    esbuild.onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of the bundle`)});`,
    }));
  },
};

/** etcd3 reads rpc.proto beside its own source file at start: its parsed form goes into the bundle instead. */
const withEmbeddedEtcdProto: Plugin = {
  name: "with-embedded-etcd-proto",
  setup(esbuild) {
    esbuild.onLoad({ filter: /[\\/]etcd3[\\/]lib[\\/]connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const file = join(dirname(path), "..", "proto", "rpc.proto");
      const proto = new Root().loadSync(file, { keepCase: true }).toJSON();
      const call = "loadSync)(`${__dirname}/../proto/rpc.proto`,";
      if (!source.includes(call))
        throw new Error(`${path} no longer loads rpc.proto the way that is known here`);
      return { contents: source.replace(call, `fromJSON)(${JSON.stringify(proto)},`), loader: "js" };
    });
  },
};

/** The API's page comes from the daemon itself: the program behind it goes into the bundle, compressed. */
const withEmbeddedDocsScript: Plugin = {
  name: "with-embedded-docs-script",
  setup(esbuild) {
    esbuild.onLoad({ filter: /[\\/]daemon[\\/]api[\\/]docs-script\.ts$/ }, async () => {
      const script = await readFile(require.resolve("rapidoc/dist/rapidoc-min.js.gz"));
      const text = JSON.stringify(script.toString("base64"));
      return {
        contents: `export const docsScript = async () => Buffer.from(${text}, "base64");`,
        loader: "js",
      };
    });
  },
};
