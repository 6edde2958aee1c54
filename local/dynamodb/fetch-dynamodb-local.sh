#!/bin/sh
# Amazon's DynamoDB Local, out of the npm package that carries it, into the folder $1. Its licence forbids passing it on:
# it is fetched where it is used, and kept nowhere else.
set -eu
version=2.9.30
wanted=c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c5280439836665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1
into=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "fetching DynamoDB Local (57 MB, once)"
(cd "$scratch" && npm pack --silent "amplify-dynamodb-simulator@$version" >/dev/null)
got=$(sha512sum "$scratch"/*.tgz | cut -d' ' -f1)
[ "$got" = "$wanted" ] || { echo "amplify-dynamodb-simulator $version is not the file it was: sha512 $got" >&2; exit 1; }
tar -xzf "$scratch"/*.tgz -C "$scratch" package/emulator
mkdir -p "$(dirname "$into")"
rm -rf "$into"
mv "$scratch/package/emulator" "$into"
