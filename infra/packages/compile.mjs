// Runs compile_bytecode.py in CPython as WebAssembly: node compile.mjs VERSION SITE OURS
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [version, site, ours] = process.argv.slice(2);
const python = await loadPyodide();
if (!python.runPython("import sys; sys.version").startsWith(`${version}.`)) {
  throw new Error(`pyodide is not Python ${version}: its version in infra/package.json decides that`);
}
python.mountNodeFS("/site", site);
python.mountNodeFS("/ours", ours);
python.runPython(
  readFileSync(new URL("compile_bytecode.py", import.meta.url), "utf8") + '\ncompile_both("/site", "/ours")\n',
  { globals: python.toPy({ __name__: "compile_bytecode" }) },
);
