import type { DecisionRecord } from './run-record.js';

/**
 * Whether the identity that Temporal recorded for a command is the person whom the command names. A client writes its
 * identity itself (`program/1.0 ana@host`), so that without an authenticating Temporal this is a second claim, not a proof.
 */
export function compareIdentity(by: string, identity: string | null): DecisionRecord['identity'] {
  const told = identity?.trim() ?? '';
  if (told === '') return 'absent';
  const claimed = by.trim().toLowerCase();
  const last = (told.split(/\s+/).at(-1) ?? '').toLowerCase();
  const names = [told.toLowerCase(), last, last.split('@')[0] ?? ''];
  return names.includes(claimed) || names.includes(claimed.split('@')[0] ?? '') ? 'matched' : 'differs';
}

/** How the evidence calls it: a name is `matched`, or it is `claimed` and nothing more. */
export function identityText(identity: DecisionRecord['identity']): string {
  switch (identity) {
    case 'matched':
    case 'automatic':
      return identity;
    case 'none':
      return 'nobody';
    case 'differs':
      return 'claimed; Temporal recorded another identity';
    case 'absent':
      return 'claimed; Temporal recorded no identity';
    case 'unknown':
      return 'claimed';
  }
}
