#!/bin/sh
# Packages do not start services here: vm-init does, as soon as the program is there.
exit 101
