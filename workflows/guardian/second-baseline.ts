import type { StepScope } from '../../activities/contract.js';
import {
  judgeSecondBaseline,
  secondBaselinePatience,
  type SecondBaseline,
} from '../../procedure/latency/second-baseline.js';
import type { LatencyObservation } from '../../procedure/observations.js';
import type { RollbackPart } from '../../procedure/run-record.js';
import { keeping, undoing } from '../activities.js';
import { messageOf } from '../run/message-of.js';

const PART = 'second baseline';

/**
 * The creates of the baseline once more, now that the flags are back: is the target itself again? It comes after
 * everything that makes the target safe, has a deadline of its own, and never makes a rollback incomplete.
 */
export async function secondBaseline(
  scope: StepScope,
  wanted: SecondBaseline,
): Promise<{ readonly part: RollbackPart; readonly latency: LatencyObservation | null }> {
  const { measured, warmUp, claim, ratePerSecond } = wanted;
  try {
    const { observation } = await undoing.measureTeamCreate.executeWithOptions(
      {
        summary: `${String(measured)} creates after the rollback`,
        scheduleToCloseTimeout: secondBaselinePatience(wanted),
      },
      [
        {
          ...scope,
          ...{ observationId: 'rollback-latency', side: 'rollback', measured, warmUp, claim, ratePerSecond },
        },
      ],
    );
    const judgement = judgeSecondBaseline(wanted, observation);
    if (judgement.status === 'failed') await tell(scope, judgement.detail);
    return { part: { part: PART, ...judgement }, latency: observation };
  } catch (error) {
    const detail = `could not be measured: ${messageOf(error)}`;
    return { part: { part: PART, status: 'unknown', detail }, latency: null };
  }
}

async function tell(scope: StepScope, detail: string): Promise<void> {
  try {
    await keeping.notify({
      environment: scope.environment,
      severity: 'HIGH',
      title: `${scope.environment.name} is rolled back, but not as it was before`,
      text: `The flags are back and every serving process reads them. ${detail}. Look at the target: the flag is not the cause, or not the only one.`,
      key: `second-baseline-${scope.evidence.name}`,
    });
  } catch {
    // A dead notification service never stops a rollback.
  }
}
