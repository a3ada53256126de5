/** A version of Milvus. Which ones are supported is checked at synth, where every problem of a cluster is reported at once. */
export class MilvusVersion {
  /**
   * A version by its name.
   * @param name e.g. "v2.3.5"; the "v" may be left out
   */
  public static of(name: string): MilvusVersion {
    return new MilvusVersion(name.startsWith("v") ? name : `v${name}`);
  }

  private constructor(
    /** As Milvus tags it, e.g. "v2.3.5". */
    public readonly name: string,
  ) {}

  public toString(): string {
    return this.name;
  }
}
