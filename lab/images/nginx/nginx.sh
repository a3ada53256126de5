#!/bin/bash
# The official image has the stream module built in; Debian's is loaded. A global directive on the command line loads it
# before any configuration is read, so that one nginx.conf serves both images.
load='load_module /usr/lib/nginx/modules/ngx_stream_module.so;'
arguments=() directives=
while [ $# -gt 0 ]; do
  case $1 in
  -g) directives+=" $2" && shift 2 ;;
  *) arguments+=("$1") && shift ;;
  esac
done
exec /usr/sbin/nginx-debian -g "$load$directives" "${arguments[@]}"
