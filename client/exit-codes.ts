/** Exit codes of all commands. Those of a run that ended come from procedure/outcome.ts `exitCodeOf`. */
export const EXIT = {
  ok: 0,
  /** A check failed, a command was refused by a run, a folder did not verify, a run was rolled back or rejected. */
  failed: 1,
  /** What was typed cannot be carried out; nothing was touched. */
  usage: 2,
  inconclusive: 3,
  unreachable: 4,
  rollbackIncomplete: 5,
  interrupted: 130,
} as const;
