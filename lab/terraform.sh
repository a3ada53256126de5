#!/usr/bin/env bash
# terraform.sh VERSION OUTPUT: compiles Terraform, for machines that have none. Without the back ends for state in clouds:
# those are modules of their own that the module proxy does not hold. The lab keeps its state in files.
set -euo pipefail
version=$1 output=$2
. "$(dirname "$0")/images/go.sh"

mkdir -p "$(dirname "$output")"
cd "$(dirname "$output")"
rm -rf source-terraform
go_copy github.com/hashicorp/terraform "v$version" source-terraform

clouds='azure|consul|cos|gcs|kubernetes|oss|pg|s3'
sed -i -E "/remote-state\/($clouds)\"/d; /backend($clouds)\.New/Id" source-terraform/internal/backend/init/init.go
sed -i -E "/remote-state\/($clouds) /d" source-terraform/go.mod
(cd source-terraform && go mod edit -dropgodebug=tlskyber) # a switch that later Go versions no longer know

go_compile source-terraform . "$(basename "$output")" "-X github.com/hashicorp/terraform/version.dev=no"
rm -rf source-terraform
