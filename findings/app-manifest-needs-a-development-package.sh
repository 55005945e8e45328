#!/bin/sh
# @microsoft/app-manifest cannot be loaded when it is installed alone: its code requires fs-extra, which its package.json
# lists for development only. With fs-extra beside it the package validates a manifest without any network.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/app-manifest@1.1.2 >/dev/null 2>&1
cat > try.cjs <<'JS'
const { readFileSync } = require('node:fs')
const manifest = JSON.parse(readFileSync('node_modules/@microsoft/app-manifest/package.json', 'utf8'))
try {
  const { AppManifestUtils } = require('@microsoft/app-manifest')
  console.log(`loads: ${typeof AppManifestUtils.validateAgainstSchema}`)
} catch (error) {
  console.log(`@microsoft/app-manifest ${manifest.version}: ${error.code}: ${error.message.split('\n')[0]}`)
  console.log(`fs-extra among its dependencies: ${'fs-extra' in (manifest.dependencies ?? {})}`)
}
JS
alone=$(node try.cjs)
echo "$alone"
npm install --silent --no-audit --no-fund --ignore-scripts fs-extra@11.4.1 >/dev/null 2>&1
beside=$(node try.cjs)
echo "with fs-extra beside it: $beside"
case "$alone" in *MODULE_NOT_FOUND*) ;; *) echo "This has changed."; exit 1 ;; esac
case "$beside" in "loads: function") ;; *) echo "This has changed."; exit 1 ;; esac
