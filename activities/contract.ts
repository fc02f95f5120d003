/**
 * What workflows ask of the world: one interface a thing touched. Inputs and results are plain JSON and go into the
 * history, so they hold no secret and no bulk: bulk goes into the evidence folder, and the result names the file.
 * Every activity can run twice: doing a step again is the same as doing it once.
 */
import type { PlanActivities } from './plan/contract.js';
import type { PreconditionActivities } from './preconditions/contract.js';
import type { TargetActivities } from './targets/contract.js';
import type { ApiActivities } from './api/contract.js';
import type { DatabaseActivities, PrivilegeActivities } from './database/contract.js';
import type { LogActivities } from './logs/contract.js';
import type { WatchActivities } from './watch/contract.js';
import type { EvidenceActivities } from './evidence/contract.js';
import type { LeaseActivities } from './lease/contract.js';
import type { PublishActivities } from './publish/contract.js';

export type * from './scope.js';
export type * from './plan/contract.js';
export type * from './preconditions/contract.js';
export type * from './targets/contract.js';
export type * from './api/contract.js';
export type * from './database/contract.js';
export type * from './logs/contract.js';
export type * from './watch/contract.js';
export type * from './evidence/contract.js';
export type * from './lease/contract.js';
export type * from './publish/contract.js';

export type Activities = PlanActivities &
  PreconditionActivities &
  TargetActivities &
  ApiActivities &
  DatabaseActivities &
  PrivilegeActivities &
  LogActivities &
  EvidenceActivities &
  LeaseActivities &
  WatchActivities &
  PublishActivities;
