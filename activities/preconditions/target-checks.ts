import type { EnvironmentSettings } from '../../environment/settings.js';
import { runFlagCheck } from '../targets/flag-check.js';
import { expectedFlags, judgeServingFlags } from '../targets/serving-flags.js';
import type { Target } from '../targets/target.js';
import type { CheckDefinition } from './check.js';

/** Access to the target by its method, its flags at baseline (seed §3.1), and its management command (seed §1). */
export function targetChecks(target: Target, settings: EnvironmentSettings): CheckDefinition[] {
  return [
    ...target.accessChecks(),
    {
      id: 'flags-at-baseline',
      title: 'The four variables are at their baseline in every serving process',
      seed: '§3.1 Feature Flags Baseline',
      run: async (signal) => {
        const processes = await target.readServingFlags(signal);
        const { status, reason } = judgeServingFlags(
          processes,
          expectedFlags('baseline', settings.flags.baseline),
        );
        const seen = `${String(processes.length)} serving process(es): ${processes.map(({ id }) => id).join(', ')}`;
        return {
          ok: status === 'as-expected',
          detail: reason === null ? seen : `${reason} (${seen})`,
          advice: `Set the variables in ${target.place} to their baseline and restart the application; when its baseline is another one, say so in flags.baseline.`,
        };
      },
    },
    {
      id: 'management-command',
      title: "manage.py answers (seed §1's own check, a new process)",
      seed: '§1 Verification Command',
      deadlineMs: 60_000,
      run: async (signal) => {
        const check = await runFlagCheck(target, signal);
        return {
          ok: check.ok,
          detail: check.detail,
          advice:
            "Run the command by hand as the worker's user; correct target.manage (command, workingFolder, environment).",
        };
      },
    },
    {
      id: 'tools',
      title: 'Tools of the method are installed',
      seed: '§3.3',
      run: async () => ({
        ok: true,
        detail: `what method ${target.method.letter} needs besides manage.py is checked above; kubectl, psql, curl and jq are built in, docker is not used`,
        advice: '',
      }),
    },
  ];
}
