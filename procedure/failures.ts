/**
 * Types of the failures that activities throw. Retryable ones pass by themselves (a network, a restart); terminal ones
 * need a person. Branch on these, never on a message.
 */
export const RETRYABLE = {
  targetUnreachable: 'TargetUnreachable',
  /** The target was asked and has no process that answers requests; not the same as one that could not be asked. */
  notServing: 'NotServing',
  databaseUnreachable: 'DatabaseUnreachable',
  evidenceUnwritable: 'EvidenceUnwritable',
  temporalUnreachable: 'TemporalUnreachable',
  notYet: 'NotYet',
} as const;

export const TERMINAL = {
  /** The environment file is missing, wrong or another one than the run was planned with. */
  environment: 'EnvironmentProblem',
  /** The guardian did not give its permit: the run no longer holds the environment, or a rollback has begun. */
  permitRefused: 'PermitRefused',
  /** Credentials were refused. */
  unauthorized: 'Unauthorized',
  /** A program, file or table that the environment names is not there. */
  notFound: 'NotFound',
  /** The run is over and its evidence is sealed: a step that wakes late adds nothing to it. */
  evidenceClosed: 'EvidenceClosed',
  /** What came back cannot be understood. */
  unexpected: 'UnexpectedAnswer',
} as const;

export type FailureType =
  (typeof RETRYABLE)[keyof typeof RETRYABLE] | (typeof TERMINAL)[keyof typeof TERMINAL];
