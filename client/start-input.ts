import type { Command } from 'commander';
import { parseInput, type RunInput } from '../procedure/input.js';
import { listProblems } from '../procedure/problem.js';
import type { Call } from './cli.js';
import { usageError } from './user-error.js';

/** The options that make a run's input, for `start` and `plan`; each has the name of the field that it sets. */
export function addInputOptions(command: Command): Command {
  return command
    .option(
      '--environment <name>',
      "which environment: a file environments/<name>.yaml on the worker's machine",
    )
    .option('--started-by <name>', 'who starts it (READINESS_BY)')
    .option('--ticket <id>', 'ticket that the run belongs to')
    .option('--reason <text>', 'why it is started')
    .option('--soak <duration>', 'how long to watch after the verdict, e.g. 24h; 0s: not at all')
    .option('--soak-interval <duration>', 'time between two checks of the soak, e.g. 5m')
    .option('--samples <number>', 'how many team creations to time')
    .option(
      '--no-baseline-writes',
      'write no test rows before enabling (ratio and baseline faults: INCONCLUSIVE)',
    )
    .option('--static-files', 'also do seed §4: collectstatic')
    .option('--strict-pass', 'also run two flows in strict mode')
    .option(
      '--failure-simulation',
      'also take the right to write legacy teams away for one create, and see that the failure is noticed',
    )
    .option('--auto-pass-soak', 'a GO passes gate soak by itself')
    .option('--dual-write <what>', 'what gate finish proposes: keep or disable')
    .option('--no-cleanup', 'gate finish proposes to keep the test rows')
    .option('--cleanup-after-rollback', 'remove the test rows after a rollback too')
    .option('--fail-fast', 'end at once when a precondition fails, instead of waiting for a retry');
}

const TEXTS = ['environment', 'startedBy', 'ticket', 'reason', 'soak', 'soakInterval', 'dualWrite'] as const;
const SWITCHED_ON = [
  'staticFiles',
  'strictPass',
  'failureSimulation',
  'autoPassSoak',
  'cleanupAfterRollback',
  'failFast',
] as const;
const SWITCHED_OFF = ['baselineWrites', 'cleanup'] as const;

/**
 * What was typed as a run's input, checked with the same rules as the workflow has: `raw` is what is sent (only what
 * was given, so that the page shows what a person asked for), `input` is it with all defaults.
 */
export function readInput(call: Call): {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly input: RunInput;
} {
  const raw: Record<string, unknown> = {};
  for (const name of TEXTS) {
    const value =
      call.options.text(name) ?? (name === 'startedBy' ? call.cli.io.env['READINESS_BY']?.trim() : undefined);
    if (value !== undefined && value !== '') raw[name] = value;
  }
  const samples = call.options.text('samples');
  if (samples !== undefined) raw['samples'] = /^\d+$/.test(samples) ? Number(samples) : samples;
  for (const name of SWITCHED_ON) if (call.options.flag(name)) raw[name] = true;
  for (const name of SWITCHED_OFF) if (call.options.choice(name) === false) raw[name] = false;
  const { input, problems } = parseInput(raw);
  if (input === undefined) {
    throw usageError(
      `These values cannot start a run; nothing was touched:\n${listProblems(problems)}`,
      'The options have the names of the fields: --help lists them.',
    );
  }
  return { raw, input };
}
