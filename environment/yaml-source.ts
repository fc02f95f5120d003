import { LineCounter, isMap, isScalar, parseDocument, type Document } from 'yaml';
import type { Problem } from '../procedure/problem.js';

/** A YAML text that knows on which line each of its values stands. */
export interface YamlSource {
  /** The text as plain data; `undefined` when it could not be read at all. */
  readonly value: unknown;
  /** Syntax errors and duplicate keys, without a single value of the file in their text. */
  readonly problems: readonly Problem[];
  /** `environments/lab.yaml:12 target.supervisor.program`: where a value stands, or where it is missing. */
  locate(path: readonly string[]): string;
}

/**
 * Parses one YAML document. Messages never quote the file: a person may have typed a secret where only a reference
 * belongs.
 */
export function readYaml(text: string, label: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => `${label}:${String(Math.max(1, lines.linePos(offset).line))}`;
  const problems = document.errors.map((error): Problem => ({
    path: at(error.pos[0]),
    message: syntaxMessage(error.code),
  }));
  return {
    value: plainData(document, problems, label),
    problems,
    locate: (path) => {
      const where = at(offsetOf(document, path));
      return path.length === 0 ? where : `${where} ${path.join('.')}`;
    },
  };
}

function plainData(document: Document.Parsed, problems: Problem[], label: string): unknown {
  // A duplicate key leaves data that can still be checked, so that its other problems are told at the same time.
  const fatal = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  if (fatal) return undefined;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 50 });
    // An alias to its own parent makes a circle, in which every walk through the data is lost.
    JSON.stringify(value);
    if (value === null || value === undefined)
      problems.push({ path: label, message: 'is empty; see environments/staging.example.yaml' });
    return value ?? undefined;
  } catch {
    problems.push({ path: label, message: 'has aliases that cannot be resolved; write the values out' });
    return undefined;
  }
}

/** The position of a value's key, or of the nearest parent that exists. */
function offsetOf(document: Document.Parsed, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      const item: unknown = document.getIn(path.slice(0, path.indexOf(step) + 1), true);
      return startOf(item) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return null;
  const start: unknown = node.range.at(0);
  return typeof start === 'number' ? start : null;
}

function syntaxMessage(code: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'this key stands twice; keep one';
    case 'TAB_AS_INDENT':
      return 'a tab is used for indentation; YAML takes only blanks';
    case 'BAD_INDENT':
      return 'the indentation does not fit the lines above';
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
      return 'is no valid YAML here: a quote, bracket or colon is missing, or something stands where it does not belong';
    case 'MULTIPLE_DOCS':
      return 'has a second document ("---"); one file is one environment';
    default:
      return `is no valid YAML here (${code})`;
  }
}
