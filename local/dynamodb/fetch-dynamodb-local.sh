#!/bin/sh
# Download Amazon's DynamoDB Local into the folder $1, from the npm package that contains it. Its licence forbids
# redistribution: each machine downloads its own copy.
set -eu
version=2.9.30
wanted=c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c5280439836665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1
into=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "downloading DynamoDB Local (57 MB, once)"
(cd "$scratch" && npm pack --silent "amplify-dynamodb-simulator@$version" >/dev/null)
got=$(sha512sum "$scratch"/*.tgz | cut -d' ' -f1)
[ "$got" = "$wanted" ] || { echo "amplify-dynamodb-simulator $version has an unexpected checksum: sha512 $got" >&2; exit 1; }
tar -xzf "$scratch"/*.tgz -C "$scratch" package/emulator
mkdir -p "$(dirname "$into")"
rm -rf "$into"
mv "$scratch/package/emulator" "$into"
