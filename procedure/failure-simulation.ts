import type {
  CopyObservation,
  FlowObservation,
  LogObservation,
  SimulationObservation,
} from './observations.js';

/** Ids and names of the one write that is made while the copies must fail. */
export const SIMULATION = { id: 'failure-simulation', label: 'simulation' } as const;

/**
 * One right in the target's database as it stood: the application's role may insert into the table of legacy teams. No
 * secret; it is the undo that the guardian carries.
 */
export interface PrivilegeCapture {
  /** Schema and table, as they are named in messages. */
  readonly table: string;
  readonly role: string;
  /** The role might pass the right on. */
  readonly grantable: boolean;
}

/** What was seen while the right was away; `null` = it could not be looked at, and `reason` says why. */
export interface SimulationSeen {
  readonly at: string;
  readonly capture: PrivilegeCapture;
  readonly flow: Pick<FlowObservation, 'status' | 'http' | 'reason'> | null;
  readonly copy: Pick<CopyObservation, 'status'> | null;
  readonly log: Pick<LogObservation, 'status' | 'reason'> | null;
  /** The right is granted again, and the database says so. */
  readonly restored: boolean;
  readonly reasons: readonly string[];
}

/** The three witnesses of one copy that had to fail, in the words of the rules. Pure. */
export function simulationObservation(seen: SimulationSeen): SimulationObservation {
  const { capture, flow, copy, log } = seen;
  return {
    kind: 'simulation',
    id: SIMULATION.id,
    at: seen.at,
    source: 'own',
    what: `INSERT on ${capture.table} taken from ${capture.role}`,
    request: flow?.status === 'ok' || flow?.status === 'failed' ? flow.status : 'unknown',
    http: flow?.http ?? null,
    rows:
      copy?.status === 'missing'
        ? 'missing'
        : copy === null || copy.status === 'unknown' || copy.status === 'none'
          ? 'unknown'
          : 'copied',
    log: log === null || log.status === 'unreadable' ? 'unknown' : log.status,
    restored: seen.restored,
    reason: seen.reasons.length === 0 ? null : seen.reasons.join('; '),
  };
}
