# ./build.ps1 [--target NAME] [arguments]   The targets are listed at the top of build.cake.
$ErrorActionPreference = 'Stop'

Set-Location $PSScriptRoot
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

dotnet tool restore | Out-Null
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }

dotnet cake build.cake @args
exit $LASTEXITCODE
