/** Projects, fastest first: tools/test.sh runs them in this order and adds up their counts. */
const project = (displayName) => ({
  displayName,
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  modulePathIgnorePatterns: ["<rootDir>/.cache", "<rootDir>/dist", "cdktf.out"],
  transform: {
    "\\.[jt]s$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: {
    "^cdktf-milvus-onprem$": "<rootDir>/constructs/index.ts",
    "^(\\.{1,2}/.*)\\.js$": "$1", // a lazy import() of a module of ours has to say .js
  },
  // These come as ES modules, which Jest cannot require: they are transformed like our own code.
  transformIgnorePatterns: ["/node_modules/(?!uuid/|hyparquet|age-encryption/|@noble/|@scure/)"],
  testEnvironment: "node",
});

module.exports = { projects: ["unit", "provider", "services", "lab", "faults"].map(project) };
