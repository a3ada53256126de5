/** Projects, fastest first: tools/test.sh runs them in this order and adds up their counts. */
const project = (displayName) => ({
  displayName,
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  modulePathIgnorePatterns: ["<rootDir>/.cache", "<rootDir>/dist", "cdktf.out"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: {
    "^cdktf-milvus-onprem$": "<rootDir>/constructs/index.ts",
    "^(\\.{1,2}/.*)\\.js$": "$1", // a lazy import() of a module of ours has to say .js
  },
  testEnvironment: "node",
});

module.exports = { projects: ["unit", "provider", "lab", "faults"].map(project) };
