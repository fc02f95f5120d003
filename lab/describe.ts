import { join } from 'node:path';

import type { Lab } from './lab.js';
import { isAlive } from './process-identity.js';
import { PARTS, type LabState } from './state.js';
import { workerLogFile } from './worker.js';

/** Page of the Temporal UI with the form that starts a run; queue and type are filled in. */
export function startFormUrl(lab: Lab): string {
  const query = 'taskQueue=readiness&workflowType=readinessRun';
  return `${lab.temporalUi}/namespaces/${lab.namespace}/workflows/start-workflow?${query}`;
}

/** Where everything of a lab is, for people. Secrets are named by their files. */
export function describeLab(lab: Lab): string {
  const rows: [string, string][] = [
    ['Temporal UI', lab.temporalUi],
    ['Start a run', `${startFormUrl(lab)}\n${' '.repeat(16)}input: {"environment":"lab"}`],
    ['Temporal', `${lab.temporalAddress}  (namespace ${lab.namespace})`],
    ['Application', lab.webUrl],
    ['People', `captain1 … captain4, player1 … player6; their password is in ${lab.passwordFile}`],
    ['Database', `address in ${lab.databaseUrlFile}`],
    ['Env file', lab.envFile],
    ['Supervisor', `${lab.supervisorctl} -c ${lab.supervisorConfig} status`],
    ['Log', lab.logFile],
    ['Worker log', workerLogFile(lab.folder)],
    ['Other logs', join(lab.folder, 'logs')],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}  ${value}`).join('\n');
}

/** What runs and what does not, one line a part. */
export function describeParts(state: LabState): string {
  return PARTS.map((part) => {
    const identity = state.processes[part];
    const how =
      identity === undefined ? 'not started' : isAlive(identity) ? `pid ${identity.pid}` : 'has died';
    return `${part.padEnd(14)}  ${how}`;
  }).join('\n');
}
