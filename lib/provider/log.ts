type Level = "debug" | "info" | "warn" | "error";

/**
 * Lines for Terraform's log (TF_LOG=info): one JSON object a line on stderr, in the form that go-plugin takes apart.
 * Callers never pass secrets.
 */
export const log = {
  debug: (message: string): void => write("debug", message),
  info: (message: string): void => write("info", message),
  warn: (message: string): void => write("warn", message),
  error: (message: string): void => write("error", message),
};

function write(level: Level, message: string): void {
  const line = {
    "@level": level,
    "@message": message,
    "@module": "provider",
    "@timestamp": new Date().toISOString().replace("Z", "000Z"), // go-plugin reads microseconds
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
