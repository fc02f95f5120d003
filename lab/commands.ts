import { describeLab, describeParts } from './describe.js';
import { LabError } from './lab-error.js';
import { runningLab, type Lab } from './lab.js';
import { showProgress } from './progress.js';
import { pythonHome } from './python.js';
import { activeFaults, listFaults } from './faults.js';
import { readState } from './state.js';
import { resetLab } from './reset-lab.js';
import { stopLab } from './stop-lab.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** `lab stop`. */
export async function stopCommand(folder: string): Promise<void> {
  const wasUp = (await runningLab(folder)) !== undefined;
  await stopLab(folder);
  say(wasUp ? 'The lab has ended.' : 'No lab was up; nothing of an earlier one is left running.');
}

/** `lab reset`. */
export async function resetCommand(folder: string): Promise<void> {
  await resetLab(folder);
  say('The lab has ended and its data is gone; the next start is like the first.');
}

/** `lab status`; returns the exit code. */
export async function statusCommand(folder: string): Promise<number> {
  const lab = await runningLab(folder);
  if (lab === undefined) {
    say('The lab is not up. Start it with `npm run lab`.');
    return 3;
  }
  say(describeLab(lab));
  say(describeParts(await readState(folder)));
  const active = await activeFaults(lab.faultsFile);
  say(`Faults: ${active.length === 0 ? 'none' : active.join(', ')}`);
  return 0;
}

/** `lab faults [NAME[:ARGUMENT] …|none]`. */
export async function listFaultsCommand(folder: string, wanted: readonly string[]): Promise<void> {
  const lab = await runningLab(folder);
  const known = await listFaults(await pythonHome(showProgress(process.stderr)));
  if (wanted.length > 0) {
    await switchFaults(lab, known, wanted);
    return;
  }
  const active = lab === undefined ? [] : await activeFaults(lab.faultsFile);
  for (const fault of known) {
    const isOn = active.some((line) => line.split(':')[0] === fault.name);
    const form = fault.argument === null ? fault.name : `${fault.name}[:${fault.argument}]`;
    say(`${isOn ? '●' : '○'} ${form}\n    ${fault.description}`);
  }
}

async function switchFaults(
  lab: Lab | undefined,
  known: readonly { readonly name: string }[],
  wanted: readonly string[],
): Promise<void> {
  if (lab === undefined)
    throw new LabError('The lab is not up, so there is nothing to switch.', 'run `npm run lab`.');
  const lines = wanted.length === 1 && wanted[0] === 'none' ? [] : wanted;
  const unknown = lines.filter((line) => !known.some((fault) => fault.name === line.split(':')[0]));
  if (unknown.length > 0) {
    throw new LabError(
      `There is no fault ${unknown.map((line) => `"${line}"`).join(', ')}.`,
      `choose from: ${known.map((fault) => fault.name).join(', ')}, or none.`,
      { exitCode: 2 },
    );
  }
  await lab.setFaults(lines);
  say(
    lines.length === 0
      ? 'All faults are off.'
      : `Switched on: ${lines.join(', ')}. Off again: npm run lab -- faults none`,
  );
}
