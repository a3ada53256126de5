/**
 * Shell function `label DIRECTORY…`: lets containers use directories where SELinux decides. Files made later take the label of
 * their directory, so a directory that has it is passed over: relabelling a full drive would take hours. Without SELinux it does
 * nothing. The rule that it adds makes the label survive a relabelling of the whole system.
 */
export const LABEL = `
label() {
  command -v selinuxenabled >/dev/null 2>&1 && selinuxenabled || return 0
  for dir do
    [ -d "$dir" ] || continue
    case $(stat -c %C "$dir") in *:container_file_t:*) continue ;; esac
    ! command -v semanage >/dev/null 2>&1 || semanage fcontext -a -t container_file_t "$dir(/.*)?" >/dev/null 2>&1 || :
    chcon -R -t container_file_t "$dir" || return
  done
}
`;
