import type { Session } from './session.js';

const KINDS = { workflow: 1, activity: 2 } as const;

/** A worker asks for work at least once a minute; a name that has not asked for longer belongs to one that is gone. */
const ALIVE_MS = 75_000;

export interface Poller {
  readonly identity: string;
  readonly lastSeen: string | null;
}

/** Who takes work from a task queue now. Temporal remembers a dead worker for minutes, so only fresh ones count. */
export async function livePollers(
  session: Session,
  where: { readonly taskQueue: string; readonly kind: keyof typeof KINDS; readonly now: Date },
): Promise<readonly Poller[]> {
  const answer = await session.client.withDeadline(Date.now() + 5000, () =>
    session.client.workflowService.describeTaskQueue({
      namespace: session.settings.namespace,
      taskQueue: { name: where.taskQueue },
      taskQueueType: KINDS[where.kind],
    }),
  );
  return answer.pollers
    .map((poller): Poller => {
      const seconds = poller.lastAccessTime?.seconds;
      return {
        identity: poller.identity ?? '',
        lastSeen:
          seconds === undefined || seconds === null ? null : new Date(Number(seconds) * 1000).toISOString(),
      };
    })
    .filter(
      ({ lastSeen }) => lastSeen === null || where.now.getTime() - new Date(lastSeen).getTime() < ALIVE_MS,
    );
}
