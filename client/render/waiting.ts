import type { WaitingStatus } from '../../procedure/status.js';
import { shellWord } from '../terminal/printable.js';
import type { Paint } from '../terminal/paint.js';
import { clock, distance } from '../terminal/time.js';

/** Where a rendered status gets the parts from that the run itself does not know. */
export interface RenderContext {
  readonly paint: Paint;
  readonly now: Date;
  /** How commands begin, e.g. `readiness --address …`. */
  readonly command: string;
  readonly page: string | null;
}

/** What a run waits for: the proof to look at, and for each fitting command the exact JSON and the exact command line. */
export function renderWaiting(waiting: WaitingStatus, workflowId: string, context: RenderContext): string[] {
  const ways = Object.entries(waiting.paste).flatMap(([name, payload]) => [
    '',
    `  ${context.paint.bold(name)}: paste into the Temporal UI (Send an Update, "${name}"):`,
    ...JSON.stringify(payload, null, 2)
      .split('\n')
      .map((line) => `    ${line}`),
    '  or type here:',
    `    ${commandLine(name, { workflowId, payload, command: context.command })}`,
  ]);
  return [...renderProof(waiting, context), ...ways];
}

/** What a person should look at before deciding, and until when. */
export function renderProof(waiting: WaitingStatus, context: RenderContext): string[] {
  const { paint } = context;
  const left = distance(waiting.deadline, context.now);
  return [
    paint.yellow(paint.bold(waiting.title)),
    `  waiting since ${clock(waiting.since)}, until ${clock(waiting.deadline)} (${left}); then: ${waiting.onDeadline}`,
    ...(waiting.proof.length === 0 ? [] : ['  Look at this before you decide:']),
    ...waiting.proof.map((line) => `    - ${indentRest(line, 6)}`),
    ...(waiting.digest === null ? [] : [`  Digest of this proof: ${waiting.digest}`]),
    ...(context.page === null ? [] : [`  Page: ${context.page}`]),
  ];
}

/** The command line that sends this payload, every value quoted for a shell. */
export function commandLine(
  name: string,
  of: {
    readonly workflowId: string;
    readonly payload: Readonly<Record<string, unknown>>;
    readonly command: string;
  },
): string {
  return [of.command, name, shellWord(of.workflowId), ...flagsOf(of.payload)].join(' ');
}

/** Fields as options of a command line: `{"dualWrite":"keep","cleanup":false}` is `--dual-write keep --no-cleanup`. */
export function flagsOf(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    if (typeof value === 'boolean') return [value ? `--${kebab(key)}` : `--no-${kebab(key)}`];
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' ? [`--${kebab(key)} ${shellWord(text)}`] : [];
  });
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The further lines of a text stand under its first. */
export function indentRest(text: string, by: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(by)}`);
}
