import { patched } from '@temporalio/workflow';
import type { ChangeFlagsOutput, StepScope, Undo } from '../../activities/contract.js';
import type { PrivilegeCapture } from '../../procedure/failure-simulation.js';
import type { RollbackPart } from '../../procedure/run-record.js';
import { undoing } from '../activities.js';
import { messageOf } from '../run/message-of.js';
import type { Permits } from './permits.js';
import { probeOff } from './probe.js';

/** An undo with the scope in which it was registered. */
interface Registered<U> {
  readonly undo: U;
  readonly scope: StepScope;
}

/** What has to be put back, whatever it takes. */
export interface Owed {
  readonly flags: Registered<Extract<Undo, { kind: 'flags' }>> | undefined;
  readonly privileges: Registered<PrivilegeCapture> | undefined;
}

export interface Attempt {
  readonly permits: Permits;
  readonly tries: number;
}

/** One try to put the flags back, proved by effect. */
export async function flagsBack(
  { undo, scope }: NonNullable<Owed['flags']>,
  { permits, tries }: Attempt,
): Promise<RollbackPart[]> {
  const id = `rollback-${String(tries)}`;
  const { capture } = undo;
  const safe = capture !== null && capture.safe ? capture : null;
  const how = safe === null ? 'ENABLED=false and STRICT=false' : 'the captured state';
  // Asked before the first look: a change may land while that is under way, after it has read, and be over when it ends.
  const underWay = permits.any;
  try {
    const first = await undoing.restoreFlags.executeWithOptions({ summary: `flags back: ${how}` }, [
      { ...scope, observationId: id, capture: safe },
    ]);
    let last = first;
    let restarted = first.restarted;
    if (permits.any || (underWay && patched('look-again-after-permits'))) {
      // A change that had its permit may still have landed after our write: wait until it cannot, and look again.
      await permits.settled();
      const again = await undoing.restoreFlags.executeWithOptions({ summary: 'flags back: second look' }, [
        { ...scope, observationId: `${id}b`, capture: safe },
      ]);
      restarted ||= again.restarted;
      last = again;
    }
    const flags: RollbackPart = {
      part: 'flags',
      status: 'done',
      detail: detailOf({ how, restarted, last }),
    };
    return [flags, await probeOff(scope, id)];
  } catch (error) {
    return [{ part: 'flags', status: 'failed', detail: messageOf(error) }];
  }
}

/** What was done, and what people should know of it. */
function detailOf({
  how,
  restarted,
  last: { note, rollout },
}: {
  readonly how: string;
  readonly restarted: boolean;
  readonly last: ChangeFlagsOutput;
}): string {
  const { reason } = rollout;
  const done = `${how} written${restarted ? ', target restarted' : ''}, ${reason ?? 'every serving process reads it'}`;
  return note === undefined ? done : `${done} (${note})`;
}

/** After every change that was permitted is over: a REVOKE that came late would take the right away again. */
export async function rightBack(
  { undo: capture, scope }: NonNullable<Owed['privileges']>,
  { permits }: Attempt,
): Promise<RollbackPart[]> {
  const part = 'right to write legacy teams';
  try {
    await permits.settled();
    await undoing.restorePrivilege.executeWithOptions({ summary: 'GRANT: the right back' }, [
      { environment: scope.environment, capture },
    ]);
    return [{ part, status: 'done', detail: `${capture.role} has INSERT on ${capture.table} again` }];
  } catch (error) {
    return [{ part, status: 'failed', detail: messageOf(error) }];
  }
}
