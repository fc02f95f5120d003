import type { EnvFileTargetSettings } from '../../../environment/settings.js';
import { allProcesses, commandLine } from './proc.js';

/**
 * Whether a supervisorctl that starts, stops or restarts the program is at work on this machine: one that outlived a
 * killed worker, or a person's. Until it has ended, the program's state says nothing about what it will be.
 */
export async function commandInFlight(settings: EnvFileTargetSettings['supervisor']): Promise<boolean> {
  const processes = await allProcesses();
  const lines = await Promise.all(processes.map(({ pid }) => commandLine(pid)));
  return lines.some((words) => isProgramCommand(words, settings.program));
}

/**
 * Known by its words alone, since it may run behind an interpreter or sudo: some word ends in `supervisorctl`, and at
 * the end stand the action and programs, ours among them.
 */
export function isProgramCommand(words: readonly string[], program: string): boolean {
  if (!words.some((word) => /(^|\/)supervisorctl$/.test(word))) return false;
  const action = words.findLastIndex((word) => ['start', 'stop', 'restart'].includes(word));
  return action >= 0 && words.slice(action + 1).some((word) => word === program || word === 'all');
}
