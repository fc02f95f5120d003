import type { PreconditionCheck } from '../../activities/contract.js';
import type { Paint } from '../terminal/paint.js';
import { indentRest } from './waiting.js';

/** One checked thing: of `doctor`, or a precondition of a run. */
export type Check = Pick<PreconditionCheck, 'id' | 'title' | 'status' | 'detail' | 'advice'>;

/** One line a check, what to do under each one that is not ok, and the count at the end. */
export function renderChecks(checks: readonly Check[], paint: Paint): string[] {
  const width = Math.max(0, ...checks.map((check) => check.title.length));
  const words = {
    ok: paint.green('ok     '),
    failed: paint.red('failed '),
    unknown: paint.yellow('unknown'),
  };
  const bad = checks.filter((check) => check.status !== 'ok').length;
  return [
    ...checks.flatMap((check) => [
      `${words[check.status]}  ${check.title.padEnd(width)}  ${indentRest(check.detail, width + 11)}`.trimEnd(),
      ...(check.status === 'ok' || check.advice === null
        ? []
        : [`         ${paint.dim('→')} ${indentRest(check.advice, 11)}`]),
    ]),
    '',
    bad === 0
      ? paint.green(`All ${String(checks.length)} checks are ok.`)
      : `${String(bad)} of ${String(checks.length)} checks ${bad === 1 ? 'is' : 'are'} not ok.`,
  ];
}
