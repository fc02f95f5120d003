import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errorCode } from './error-code.js';
import type { Problem } from '../procedure/problem.js';
import { fillDefaults, isRecord, withoutEmptyKeys } from './fill-defaults.js';
import { safetyProblems } from './safety.js';
import { ENVIRONMENT_SCHEMA } from './schema/environment-schema.js';
import { NAME } from './schema/schema-node.js';
import { settingsOf, type BaseFolders } from './settings-of.js';
import type { LoadedEnvironment } from './settings.js';
import { nearest } from './suggestion.js';
import { violationsOf } from './validate.js';
import { readYaml } from './yaml-source.js';

export type LoadResult =
  | { readonly ok: true; readonly environment: LoadedEnvironment }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface EnvironmentLoader {
  /** Reads environments/<name>.yaml anew. Never throws: whatever is wrong is in `problems`, all at once. */
  load(name: string): Promise<LoadResult>;
  /** Names of all environment files of the folder, sorted; examples are none. */
  names(): Promise<string[]>;
}

export interface LoaderOptions {
  /** The folder `environments` of this worker. */
  readonly directory: string;
  /** Folder for relative `file:` references; the environment files' own folder by default. */
  readonly secretsBase?: string;
}

/** Loads and checks environment files: syntax, schema, then safety. Touches nothing but the folder. */
export function createEnvironmentLoader(options: LoaderOptions): EnvironmentLoader {
  const directory = resolve(options.directory);
  const base: BaseFolders = { files: directory, secrets: resolve(options.secretsBase ?? directory) };
  return {
    load: async (name) => {
      if (!new RegExp(NAME.pattern).test(name))
        return refused({ path: 'environment', message: `"${name.slice(0, 40)}": ${NAME.hint}` });
      const file = join(directory, `${name}.yaml`);
      const bytes = await readOrProblem(file, name, directory);
      return bytes instanceof Uint8Array ? check(bytes, file, base) : refused(bytes);
    },
    names: () => namesIn(directory),
  };
}

function check(bytes: Uint8Array, file: string, base: BaseFolders): LoadResult {
  const label = `${basename(base.files)}/${basename(file)}`;
  const source = readYaml(Buffer.from(bytes).toString('utf8'), label);
  if (source.value === undefined) return { ok: false, problems: source.problems };
  const given = withoutEmptyKeys(source.value);
  const violations = violationsOf(given).map(({ path, message }): Problem => ({
    path: source.locate(path),
    message,
  }));
  const wrongName = nameProblem(given, basename(file, '.yaml')).map((message): Problem => ({
    path: source.locate(['name']),
    message,
  }));
  const problems = [...source.problems, ...violations, ...wrongName];
  if (problems.length > 0) return { ok: false, problems };
  const settings = settingsOf(fillDefaults(ENVIRONMENT_SCHEMA, given), base);
  const unsafe = safetyProblems(settings).map((problem) => ({
    path: source.locate(problem.path.split('.')),
    message: problem.message,
  }));
  if (unsafe.length > 0) return { ok: false, problems: unsafe };
  return {
    ok: true,
    environment: { settings, digest: createHash('sha256').update(bytes).digest('hex'), file },
  };
}

function nameProblem(given: unknown, expected: string): string[] {
  if (!isRecord(given) || typeof given['name'] !== 'string' || given['name'] === expected) return [];
  return [
    `is "${given['name'].slice(0, 40)}", but the file is called ${expected}.yaml; they must agree, so that nobody runs against another system than they named`,
  ];
}

async function readOrProblem(file: string, name: string, directory: string): Promise<Uint8Array | Problem> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT') return { path: file, message: `cannot be read by the worker's user (${code})` };
    const known = await namesIn(directory);
    const guess = nearest(name, known);
    const next =
      known.length === 0
        ? 'there is none yet: copy environments/staging.example.yaml'
        : `known are ${known.join(', ')}`;
    return {
      path: 'environment',
      message: `there is no ${file}; ${guess === null ? next : `did you mean "${guess}"? (${next})`}`,
    };
  }
}

async function namesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch(() => []);
  return files
    .filter((file) => file.endsWith('.yaml') && new RegExp(NAME.pattern).test(file.slice(0, -'.yaml'.length)))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

function refused(problem: Problem): LoadResult {
  return { ok: false, problems: [problem] };
}
