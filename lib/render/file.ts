/** A file of one peer, to be written under RENDER_DIR. */
export interface RenderedFile {
  /** E.g. "docker-compose.yml". */
  readonly name: string;
  readonly content: string;
  /** 0600 exactly when it holds a secret. */
  readonly mode: 0o600 | 0o644;
}
