/** The fourteen phases of a run, in order. `seed` names the part of the procedure that a phase carries out. */
export const PHASES = [
  { number: 1, id: 'plan', title: 'Plan', seed: '§1, §2' },
  { number: 2, id: 'preconditions', title: 'Preconditions', seed: '§3' },
  { number: 3, id: 'baseline', title: 'Baseline', seed: '§5.3, §6, §8' },
  { number: 4, id: 'gate-enable', title: 'Gate: enable', seed: '§2' },
  { number: 5, id: 'enable', title: 'Enable dual-write', seed: '§1, §2' },
  { number: 6, id: 'static-files', title: 'Static files', seed: '§4' },
  { number: 7, id: 'smoke', title: 'Smoke test', seed: '§9' },
  { number: 8, id: 'performance', title: 'Performance', seed: '§6' },
  { number: 9, id: 'validation', title: 'Validation and verdict', seed: '§7, §8' },
  { number: 10, id: 'gate-soak', title: 'Gate: soak', seed: '§12' },
  { number: 11, id: 'soak', title: 'Soak', seed: '§5, §12' },
  { number: 12, id: 'gate-finish', title: 'Gate: finish', seed: '§11.2' },
  { number: 13, id: 'cleanup', title: 'Clean-up', seed: '§11.1' },
  { number: 14, id: 'publish', title: 'Publish', seed: '§8.3, §12' },
] as const;

export type PhaseId = (typeof PHASES)[number]['id'];

export function phaseOf(id: PhaseId): (typeof PHASES)[number] {
  const phase = PHASES.find((candidate) => candidate.id === id);
  if (phase === undefined) throw new RangeError(`there is no phase ${id}`);
  return phase;
}

/** The three places where a run waits for a person. */
export const GATES = ['enable', 'soak', 'finish'] as const;
export type Gate = (typeof GATES)[number];

/** Everything that waits for a person and has a deadline. `ask` = the question of a finding. */
export type Wait = Gate | 'attention' | 'ask' | 'pause' | 'preconditions';
