import { FLAG_NAMES } from '../../procedure/flags.js';
import { textOf } from '../support/failure.js';
import { lastWords, type CommandResult } from './command.js';
import type { ServingProcess, Target } from './target.js';

const MARK = 'READINESS-FLAGS ';
const TIMEOUT_MS = 45_000;

/**
 * The check of seed §1 as one marked line of JSON: a shell command prints noise before its answer, and indented code given
 * to `-c` is an IndentationError.
 */
export const FLAG_CHECK_CODE = [
  'import json',
  'from django.conf import settings',
  `print('${MARK}' + json.dumps({name: getattr(settings, name, None) for name in ${JSON.stringify(FLAG_NAMES)}}))`,
].join('\n');

export interface FlagCheck {
  readonly ok: boolean;
  /** What the command's own process says, or why it says nothing. */
  readonly detail: string;
  readonly result: CommandResult | null;
}

/** Runs seed §1's own check. It is a new process: what it says need not be what the serving processes run with. */
export async function runFlagCheck(target: Target, signal: AbortSignal): Promise<FlagCheck> {
  try {
    const result = await target.runManagement(['shell', '-c', FLAG_CHECK_CODE], {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    const line = result.stdout.split('\n').find((one) => one.startsWith(MARK));
    return line === undefined
      ? { ok: false, detail: `manage.py shell -c gave no answer: ${lastWords(result)}`, result }
      : { ok: true, detail: line.slice(MARK.length).trim(), result };
  } catch (error) {
    return { ok: false, detail: textOf(error), result: null };
  }
}

/** The evidence file of one reading: seed §1's check as it ran, beside what the serving processes carry. */
export function flagCheckText(
  check: FlagCheck,
  processes: readonly ServingProcess[] | null,
  at: string,
): string {
  const serving = (processes ?? []).map(
    ({ id, values }) =>
      `  ${id}: ${FLAG_NAMES.map((name) => `${name}=${values[name] ?? '(absent)'}`).join(' ')}`,
  );
  return [
    `Flags at ${at}`,
    '',
    'In the environment of the serving processes (this is what decides):',
    ...(serving.length > 0 ? serving : ['  could not be read']),
    '',
    "The runbook's own check (seed §1), manage.py shell -c. It is a NEW process that reads the settings afresh: between a",
    'change of the file and the restart it differs from the serving processes, and it proves nothing about them.',
    `  ${check.ok ? check.detail : `no answer: ${check.detail}`}`,
    '',
    `--- exit code: ${String(check.result?.exitCode ?? 'none')}`,
    '--- stdout',
    check.result?.stdout.trimEnd() ?? '',
    '--- stderr',
    check.result?.stderr.trimEnd() ?? '',
    '',
  ].join('\n');
}
