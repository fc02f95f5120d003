import type { ReadServingFlagsOutput } from '../../activities/contract.js';
import type { DriftObservation } from '../../procedure/observations.js';
import { EDITED_BEFORE_ENABLING } from '../../procedure/rules/drift-rules.js';
import { reading } from '../activities.js';
import { act, askAbout, tellFindings } from '../run/acting.js';
import { untilResumed } from '../run/pause.js';
import { attention, attentionOver } from '../run/waiting.js';
import type { Phase } from './context.js';

type Changes = DriftObservation['changes'];

/**
 * The gate may have taken hours: the flags are read again before the first change, and the target is compared with what it
 * was when its baseline was measured. What somebody changed in between is asked about while nothing of this run's is there.
 */
export async function stillAtBaseline(phase: Phase): Promise<void> {
  const { run } = phase;
  let agreed: Changes = [];
  for (;;) {
    await untilResumed(phase);
    run.doing('reads the flags again');
    const since = run.targetAtBaseline;
    const read = await reading.readServingFlags.executeWithOptions({ summary: 'flags still at baseline?' }, [
      {
        ...run.scope,
        ...{ observation: { id: 'enable-before-flags', expected: 'baseline' }, seedCheck: true },
        ...(since === null ? {} : { since }),
      },
    ]);
    if (read.status !== 'as-expected') {
      await flagsMended(phase, read);
      continue;
    }
    const answer = await changesAnswered(phase, { agreed, read });
    if (answer === 'nothing') return;
    if (answer === 'retry') continue;
    agreed = answer;
    run.targetAtBaseline = read.drift?.target ?? since;
  }
}

async function flagsMended({ run, mailbox }: Phase, read: ReadServingFlagsOutput): Promise<void> {
  const problem = read.reason ?? 'the flags of the serving processes are not at their baseline values';
  const answer = await attention(run, mailbox, {
    title:
      read.status === 'unknown'
        ? 'the flags cannot be read before they are changed'
        : 'the flags are not at baseline any more',
    problems: [problem, 'Nothing was changed by this run so far.'],
    skippable: false,
    patienceMs: run.plan.deadlines.attention,
    onDeadline: 'the run ends as REJECTED, nothing was changed',
  });
  if (answer === 'deadline') throw attentionOver(problem);
}

interface Compared {
  /** What people let pass already. */
  readonly agreed: Changes;
  readonly read: ReadServingFlagsOutput;
}

/** `nothing` = nobody has to be asked (any more), `retry` = it was taken back; otherwise all that people let pass. */
async function changesAnswered(
  phase: Phase,
  { agreed, read }: Compared,
): Promise<'nothing' | 'retry' | Changes> {
  const { run, mailbox } = phase;
  // Whatever else is still to be asked about is not told away by what follows.
  if (read.drift !== undefined) await act(phase);
  const changes = [...agreed, ...(read.drift?.changes ?? [])];
  const id = 'enable-before-drift';
  // What was taken back is no change any more, so an earlier observation of it is replaced.
  if (changes.length > 0 || run.observations.some((one) => one.id === id))
    run.observe({ kind: 'drift', id, at: read.at, source: 'target', before: 'enabling', changes });
  if (read.drift === undefined) return 'nothing';
  run.settled.delete(EDITED_BEFORE_ENABLING);
  const asking = (await tellFindings(run)).find(
    ({ rule, action }) => rule === EDITED_BEFORE_ENABLING && action === 'ask',
  );
  if (asking === undefined) return 'nothing';
  return (await askAbout(run, mailbox, asking)) === 'retry' ? 'retry' : changes;
}
