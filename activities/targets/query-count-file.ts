import type { QueriesObservation } from '../../procedure/observations.js';
import { QUERY_OPERATIONS, type OperationQueries } from '../../procedure/query-counts.js';
import type { CountQueriesInput } from '../contract.js';
import type { CommandResult } from './command.js';
import type { CountedOperation, QueryAnswer } from './query-answer.js';

interface FileInput {
  readonly answer: QueryAnswer;
  readonly observation: QueriesObservation;
  /** The counts with the flag off; `null` = these are they, or there are none. */
  readonly baseline: QueriesObservation | null;
  readonly outside: CountQueriesInput['outside'];
  /** `null` = the command was not run. */
  readonly result: CommandResult | null;
}

const WIDTHS = [14, 10, 10, 12, 14];

/** `query_counts.txt`: the table of seed §6.1 as it was measured, every statement by word and table, and what is missing. */
export function queryCountText({ answer, observation, baseline, outside, result }: FileInput): string {
  const sides = observation.side === 'baseline' ? [observation, null] : [baseline, observation];
  const [before = null, after = null] = sides;
  return [
    `Queries of a request (seed §6.1), counted at ${observation.at}`,
    '',
    row(['operation', 'flag off', 'flag on', 'expected', 'commit hooks (off, on)']),
    ...QUERY_OPERATIONS.map(({ operation, title, expected }) => {
      const off = before?.operations.find((one) => one.operation === operation);
      const on = after?.operations.find((one) => one.operation === operation);
      return row([title, told(off), told(on), expected.join('-'), `${hooks(off)}, ${hooks(on)}`]);
    }),
    '',
    ...fromOutside(outside),
    ...readingHelp(answer, before, after),
    ...section('Not counted, or not wholly', answer.problems),
    ...answer.operations.flatMap(statements),
    ...(result === null || answer.problems.length === 0 ? [] : outputOf(result)),
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('')
    .trimEnd();
}

const told = (one: OperationQueries | undefined): string => (one === undefined ? '–' : String(one.request));

function hooks(one: OperationQueries | undefined): string {
  if (one === undefined) return '–';
  const functions = `${String(one.hooks)} ${one.hooks === 1 ? 'function' : 'functions'}`;
  if (one.commitHooks === null) return `${functions} with an error`;
  return one.hooks === 0 ? 'none' : `${String(one.commitHooks)} in ${functions}`;
}

/** The second source: request and hooks in one number, everybody's. */
function fromOutside({ off, on }: CountQueriesInput['outside']): string[] {
  const sides = [
    { flag: 'off', one: off },
    { flag: 'on', one: on },
  ];
  const lines = sides.flatMap(({ flag, one }) => {
    if (one === null) return [];
    return one.perRequest === null
      ? [`flag ${flag}: not to be told: ${one.reason ?? 'no reason known'}`]
      : [`flag ${flag}: ${String(one.perRequest)} a create, over ${String(one.requests)} creates`];
  });
  const title =
    'By the database (pg_stat_statements) during the performance test, request and commit hooks together, with what others ran';
  return section(title, lines);
}

function readingHelp(
  { authentication }: QueryAnswer,
  before: QueriesObservation | null,
  after: QueriesObservation | null,
): string[] {
  const seen = (one: QueriesObservation | null): string =>
    one === null ? 'not measured' : one.dualWrite === null ? 'not told' : String(one.dualWrite);
  return [
    `The counting process read TEAM_VNEXT_DUAL_WRITE_ENABLED as: before ${seen(before)}, after ${seen(after)}. It is a new process, which`,
    'reads the env file; what serves can differ between a change and its restart (see logs/flags_*.txt).',
    `Sign-in of a request: ${SIGN_IN[authentication ?? 'unknown']}.`,
    'Counted by the framework in a transaction that was rolled back, the second of two goes, with caches in memory and with sockets and',
    'other database connections closed. Statements that only mark a transaction are not among the numbers. Commit hooks are the',
    'functions that the framework runs right after the commit, before or after the answer is sent: they are counted apart.',
    '',
  ];
}

const SIGN_IN = {
  token: 'with a token, as clients do; its queries are counted',
  set: 'the user was set; the queries of a sign-in are not counted',
  unknown: 'not told',
};

function statements(one: CountedOperation): string[] {
  const title = QUERY_OPERATIONS.find(({ operation }) => operation === one.operation)?.title ?? one.operation;
  return [
    ...section(
      `${title}: the request (and ${String(one.transaction)} statements that mark a transaction)`,
      one.statements,
    ),
    ...section(`${title}: commit hooks`, one.hookStatements),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}

/** Where a count is missing, the end of what the command said. */
function outputOf({ exitCode, problem, stdout, stderr }: CommandResult): string[] {
  const last = (text: string): string[] => text.trimEnd().split('\n').slice(-30);
  return [
    `--- exit code: ${String(exitCode ?? problem)}`,
    '--- end of stdout',
    ...last(stdout),
    '--- end of stderr',
    ...last(stderr),
  ];
}
