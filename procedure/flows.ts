/** The five smoke-test flows of seed §9. `file` is the name of the response in the evidence (`logs/<file>_response.json`). */
export const FLOWS = [
  { number: 1, title: 'Create Team', operation: 'sync_team_created', file: 'flow1_team_create' },
  { number: 2, title: 'Add Member', operation: 'sync_team_member_added', file: 'flow2_member_add' },
  { number: 3, title: 'Update Role', operation: 'sync_team_member_updated', file: 'flow3_role_update' },
  {
    number: 4,
    title: 'Update Settings',
    operation: 'sync_team_settings_updated',
    file: 'flow4_settings_update',
  },
  { number: 5, title: 'Remove Member', operation: 'sync_team_member_removed', file: 'flow5_member_remove' },
] as const;

export type FlowNumber = (typeof FLOWS)[number]['number'];
export type DualWriteOperation = (typeof FLOWS)[number]['operation'];
export const FLOW_NUMBERS: readonly FlowNumber[] = FLOWS.map((flow) => flow.number);

export function flowOf(number: FlowNumber): (typeof FLOWS)[number] {
  const flow = FLOWS.find((candidate) => candidate.number === number);
  if (flow === undefined) throw new RangeError(`there is no flow ${String(number)}`);
  return flow;
}

/** The flow whose success a flow needs: without a team nothing can be added to it, without a member none changed. */
export function neededFlow(number: FlowNumber): FlowNumber | null {
  if (number === 1) return null;
  return number === 3 || number === 5 ? 2 : 1;
}

/** Names of test teams begin with the seed's prefixes (seed §11.1) and carry the run's tag, so that a lost answer is found by name. */
export function smokeTeamName(tag: string, label: string): string {
  return `Staging Test ${tag} ${label}`;
}

export function performanceTeamName(tag: string, label: string): string {
  return `Perf Test ${tag} ${label}`;
}

/** Whether a team's name carries this run's tag behind one of the two prefixes. Clean-up deletes nothing else. */
export function isNameOfRun(name: string, tag: string): boolean {
  return name.startsWith(`Staging Test ${tag} `) || name.startsWith(`Perf Test ${tag} `);
}
