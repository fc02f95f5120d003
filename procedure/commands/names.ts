/** What a person can tell a run. Each exists as an update (validated, answers at once) and as a signal of the same name. */
export const COMMANDS = [
  'approve',
  'reject',
  'pause',
  'resume',
  'retry',
  'skip',
  'rollback',
  'acknowledge',
  'extend-soak',
  'finish-soak',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Shown in the Temporal UI's menu; short, with the JSON keys in it. */
export const COMMAND_DESCRIPTIONS: Readonly<Record<CommandName, string>> = {
  approve:
    'Approve a gate. Input: {"gate","digest","by","reason"}; at gate finish also {"dualWrite","cleanup"}',
  reject: 'Reject a gate: whatever was changed is rolled back. Input: {"gate","digest","by","reason"}',
  pause: 'Begin no further step until resume; watching goes on. Input: {"by","reason"}',
  resume: 'Go on after a pause. Input: {"by","reason"}',
  retry: 'At attention: do the failed step again. Input: {"by","reason"}',
  skip: 'At attention: go on without the failed step, where that is safe. Input: {"by","reason"}',
  rollback: 'Stop and put everything back, now. Input: {"by","reason"}',
  acknowledge:
    'A rollback that cannot be completed: end the run as ROLLBACK_INCOMPLETE. Input: {"by","reason"}',
  'extend-soak': 'In the soak: its new whole length. Input: {"soak":"48h","by","reason"}',
  'finish-soak': 'In the soak: end it now, the verdict is INCONCLUSIVE then. Input: {"by","reason"}',
};

/** Names that begin like this are programs, not people. */
export const AUTOMATIC = 'automatic';
