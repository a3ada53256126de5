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
  moduleNameMapper: { "^cdktf-milvus-onprem$": "<rootDir>/constructs/index.ts" },
  testEnvironment: "node",
});

module.exports = { projects: ["unit", "provider", "lab", "faults"].map(project) };
