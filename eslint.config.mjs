import tseslint from "typescript-eslint";

/** Modules that do I/O, tell the time or roll dice: the pure core must not see them. */
const impure = [
  "fs",
  "fs/promises",
  "net",
  "tls",
  "http",
  "https",
  "child_process",
  "os",
  "crypto",
  "dns",
  "process",
  "worker_threads",
].flatMap((m) => [m, `node:${m}`]);

const restrict = (patterns, message, paths = []) => ({
  "no-restricted-imports": [
    "error",
    { paths: paths.map((name) => ({ name, message })), patterns: [{ group: patterns, message }] },
  ],
});

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", ".cache/", "**/cdktf.out/", "jest.config.js", "eslint.config.mjs"] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-console": "error",
    },
  },
  {
    files: ["lib/spec/**", "lib/render/**", "lib/plan/**"],
    rules: {
      ...restrict(
        [
          "**/host/**",
          "**/daemon/**",
          "**/provider/**",
          "**/cli/**",
          "**/constructs/**",
          "ssh2",
          "dockerode",
          "etcd3",
          "minio",
          "fastify",
        ],
        "lib/spec, lib/render and lib/plan are pure: no I/O, no clock, no randomness",
        impure,
      ),
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "the pure core has no clock" },
        { object: "Math", property: "random", message: "the pure core has no randomness" },
      ],
      "no-restricted-globals": ["error", { name: "process", message: "the pure core has no environment" }],
    },
  },
  {
    files: ["constructs/**"],
    rules: restrict(
      ["**/lib/daemon/**", "**/lib/provider/resources/**", "**/lib/host/**"],
      "constructs synthesise; they never reach a host or a daemon",
    ),
  },
  {
    files: ["lab/**", "bench/**", "tools/**", "lib/cli/**", "examples/**", "test/**"],
    rules: { "no-console": "off" },
  },
);
