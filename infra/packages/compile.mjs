// Runs compile_bytecode.py in CPython as WebAssembly: node compile.mjs VERSION SITE SOURCES
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [version, site, sources] = process.argv.slice(2);
const python = await loadPyodide();
if (!python.runPython("import sys; sys.version").startsWith(`${version}.`)) {
  throw new Error(`pyodide is not Python ${version}: infra/package.json selects its version`);
}
python.mountNodeFS("/site", site);
python.mountNodeFS("/sources", sources);
python.runPython(
  readFileSync(new URL("compile_bytecode.py", import.meta.url), "utf8") + '\ncompile_both("/site", "/sources")\n',
  { globals: python.toPy({ __name__: "compile_bytecode" }) },
);
