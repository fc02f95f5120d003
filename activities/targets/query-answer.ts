import { QUERY_OPERATIONS, type OperationQueries } from '../../procedure/query-counts.js';
import { lastWords, type CommandResult } from './command.js';
import { QUERY_MARK } from './query-count-script.js';

/** What one operation was counted to, with every statement as first word and table. */
export interface CountedOperation extends OperationQueries {
  readonly statements: readonly string[];
  readonly hookStatements: readonly string[];
}

/** What the script said, or why it said nothing. */
export interface QueryAnswer {
  readonly dualWrite: boolean | null;
  /** `token`: the sign-in of every request is counted too; `set`: it is not; `null` = not told. */
  readonly authentication: 'token' | 'set' | null;
  readonly operations: readonly CountedOperation[];
  /** Everything that could not be counted, in words. */
  readonly problems: readonly string[];
}

/** Picks the marked line out of a command's noise. What is not as expected is a problem, never an exception. */
export function queryAnswer(result: CommandResult): QueryAnswer {
  const line = result.stdout.split(/\r?\n/).find((one) => one.startsWith(QUERY_MARK));
  const answer = line === undefined ? null : objectOf(parsed(line.slice(QUERY_MARK.length)));
  if (answer === null)
    return nothing(`manage.py shell -c gave no answer (${lastWords(result)}); see the end of its output`);
  const dualWrite = typeof answer['dualWrite'] === 'boolean' ? answer['dualWrite'] : null;
  if (typeof answer['reason'] === 'string') return { ...nothing(answer['reason']), dualWrite };
  const requests = (Array.isArray(answer['requests']) ? answer['requests'] : []).map(objectOf);
  const read = QUERY_OPERATIONS.map(({ operation, title }) => {
    const found = requests.find((one) => one?.['operation'] === operation);
    return readOperation({ operation, title }, found ?? null);
  });
  const { authentication } = answer;
  return {
    dualWrite,
    authentication: authentication === 'token' || authentication === 'set' ? authentication : null,
    operations: read.flatMap((one) => (one.counted === null ? [] : [one.counted])),
    problems: read.flatMap((one) => one.problems),
  };
}

/** An answer without a count. */
export function nothing(problem: string): QueryAnswer {
  return { dualWrite: null, authentication: null, operations: [], problems: [problem] };
}

function readOperation(
  { operation, title }: Pick<(typeof QUERY_OPERATIONS)[number], 'operation' | 'title'>,
  found: Readonly<Record<string, unknown>> | null,
): { readonly counted: CountedOperation | null; readonly problems: readonly string[] } {
  if (found === null) return { counted: null, problems: [`${title}: the script told nothing of it`] };
  const refused = texts(found['refused']).map((what) => `${title}: ${what}`);
  if (typeof found['problem'] === 'string')
    return { counted: null, problems: [`${title}: ${found['problem']}`, ...refused] };
  const statements = texts(found['statements']);
  const hookStatements = texts(found['hookStatements']);
  const { transaction, hooks } = found;
  if (statements.length === 0 || typeof transaction !== 'number' || typeof hooks !== 'number')
    return {
      counted: null,
      problems: [`${title}: the request made no query at all, or its count is broken`],
    };
  const errors = texts(found['hookErrors']);
  return {
    counted: {
      ...{ operation, request: statements.length, transaction, hooks, statements, hookStatements },
      commitHooks: errors.length > 0 ? null : hookStatements.length,
    },
    problems: [...refused, ...errors.map((error) => `${title}: a commit hook failed: ${error}`)],
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
