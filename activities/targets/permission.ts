import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { ChangeAuthority } from '../contract.js';
import { withPermit } from '../lease/permit.js';
import type { ChangeStep, Permission } from './target.js';

/** How long one change may take, permit included; the guardian waits at most so long for one that was cut off. */
const TTL_MS: Readonly<Record<ChangeStep, number>> = { write: 10_000, start: 45_000, restart: 45_000 };

/** Asks the guardian before each change. `owner` names workflow, activity and attempt in its messages. */
export function permissionFor(client: Client, authority: ChangeAuthority, owner: string): Permission {
  return (step, act) =>
    withPermit(
      { client, authority },
      { id: `${owner}/${step}/${randomUUID().slice(0, 8)}`, ttlMs: TTL_MS[step] },
      act,
    );
}

/** The guardian's own: it gives permits and needs none, but bounds its changes all the same. */
export const freePermission: Permission = (step, act) => {
  const until = performance.now() + TTL_MS[step];
  return act({ leftMs: () => Math.max(0, until - performance.now()) });
};
