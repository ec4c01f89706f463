#!/usr/bin/env bash
# ./build.sh [--target NAME] [arguments]   The targets are listed at the top of build.cake.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet tool restore >/dev/null
exec dotnet cake build.cake "$@"
