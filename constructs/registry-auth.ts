/** Credentials of an image registry. */
export interface RegistryAuth {
  readonly username: string;
  /** Give it as a token (a sensitive TerraformVariable): a literal would be written into cdk.tf.json. */
  readonly password: string;
}
