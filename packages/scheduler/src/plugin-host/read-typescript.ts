import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';

type Compiler = typeof import('typescript');

/** Lets Node read TypeScript where it cannot do so itself, with a compiler that is installed beside the file or here. */
export const load: LoadHook = async (url, context, next) => {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !/\.m?ts$/.test(pathname)) return next(url, context);
  const path = fileURLToPath(url);
  const { ModuleKind, ScriptTarget, transpileModule } = compilerFor(path);
  const { outputText } = transpileModule(await readFile(path, 'utf8'), {
    fileName: path,
    compilerOptions: {
      module: ModuleKind.ESNext,
      target: ScriptTarget.ES2023,
      inlineSourceMap: true,
      verbatimModuleSyntax: true,
    },
  });
  return { format: 'module', source: outputText, shortCircuit: true };
};

function compilerFor(path: string): Compiler {
  for (const from of [path, import.meta.url]) {
    try {
      return createRequire(from)('typescript') as Compiler;
    } catch {
      // Not there: perhaps elsewhere.
    }
  }
  throw new Error(
    `Node ${process.version} reads no TypeScript: install "typescript" beside ${path}, compile it, or use Node 22.18`,
  );
}
