import { Command } from 'commander';
import type { Cli, Registry, Report } from './cli.js';
import { addAcknowledge } from './commands/acknowledge.js';
import { addApprove } from './commands/approve.js';
import { addDoctor } from './commands/doctor.js';
import { addCompare } from './commands/compare.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExtendSoak } from './commands/extend-soak.js';
import { addFinishSoak } from './commands/finish-soak.js';
import { addInit } from './commands/init.js';
import { addList } from './commands/list.js';
import { addLogs } from './commands/logs.js';
import { addPause } from './commands/pause.js';
import { addPlan } from './commands/plan.js';
import { addReject } from './commands/reject.js';
import { addResume } from './commands/resume.js';
import { addRetry } from './commands/retry.js';
import { addRollback } from './commands/rollback.js';
import { addSkip } from './commands/skip.js';
import { addStart } from './commands/start.js';
import { addStatus } from './commands/status.js';
import { addVerify } from './commands/verify.js';
import { addWatch } from './commands/watch.js';
import { addWorker } from './commands/worker.js';

const EXIT_CODES = `
Exit codes: 0 done (watch, start --wait: COMPLETED with GO) · 1 a check, command or run failed (ROLLED_BACK, REJECTED)
  2 usage, or REFUSED · 3 COMPLETED with INCONCLUSIVE · 4 Temporal not reachable · 5 ROLLBACK_INCOMPLETE · 130 interrupted`;

/** The whole command line, ready to parse. */
export function createProgram(cli: Cli, report: Report): Command {
  const program = new Command('readiness')
    .description('Runs the P5-T6 staging readiness procedure as one durable Temporal workflow.')
    .version(cli.version)
    .option('--json', 'one JSON document on standard output, messages on standard error')
    .option('--address <host:port>', "Temporal's address (TEMPORAL_ADDRESS, profile; default 127.0.0.1:7233)")
    .option('--namespace <name>', "Temporal's namespace (TEMPORAL_NAMESPACE, profile; default default)")
    .option('--profile <name>', "profile of Temporal's client settings (TEMPORAL_PROFILE)")
    .option('--ui <url>', 'address of the Temporal UI for links (READINESS_UI)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => {
        cli.io.out(text);
      },
      writeErr: (text) => {
        cli.io.err(text);
      },
    })
    .showHelpAfterError('→ Add --help to see what this command takes.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride();
  const registry: Registry = { program, cli, report };
  for (const add of [
    addInit,
    addDoctor,
    addWorker,
    addPlan,
    addStart,
    addStatus,
    addWatch,
    addLogs,
    addApprove,
    addReject,
    addPause,
    addResume,
    addRetry,
    addSkip,
    addRollback,
    addAcknowledge,
    addExtendSoak,
    addFinishSoak,
    addList,
    addVerify,
    addEvaluate,
    addCompare,
  ]) {
    add(registry);
  }
  return program;
}
