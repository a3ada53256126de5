/** Quotes a word for POSIX sh. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The command line that an SSH server is asked to run: always POSIX sh with a C locale, whatever the login shell is, as root
 * where asked. `sudo -n` fails rather than asks, and keeps standard input for the command.
 */
export function commandLine(script: string, sudo: boolean): string {
  const sh = `env LC_ALL=C sh -c ${quote(script)}`;
  return sudo ? `LC_ALL=C sudo -n -- ${sh}` : sh;
}

/** What sudo says when it will not run a command without a person at a terminal. */
const SUDO_REFUSALS =
  /^sudo: .*(password is required|terminal is required|must have a tty|effective uid is not 0)|is not in the sudoers file|not allowed to execute|sudo: (command )?not found|: sudo: .*not found/m;

/** True when a failed command never ran because sudo refused. */
export function sudoRefused(stderr: string): boolean {
  return SUDO_REFUSALS.test(stderr);
}
