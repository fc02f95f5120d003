import type { LoadedEnvironment } from '../../environment/settings.js';
import { createLogParser } from '../../procedure/log-events.js';
import type { LogActivities } from '../contract.js';
import { redact } from '../support/redact.js';
import type { LogSource } from './log-source.js';

/** How far back the first look goes; busy logs have few dual-write lines among many others. */
const LOOK_BACK = 1024 * 1024;
/** The answer at most, because it goes through the workflow's history. */
const ANSWER_LIMIT = 64 * 1024;
const LINE_LIMIT = 2000;

type TailInput = Parameters<LogActivities['tailLog']>[0];
type TailOutput = Awaited<ReturnType<LogActivities['tailLog']>>;

/** The last dual-write lines since a cursor, or of the last mebibyte, oldest first, with secrets masked. */
export async function tailOf(
  { environment, source }: { readonly environment: LoadedEnvironment; readonly source: LogSource },
  input: TailInput,
  signal: AbortSignal,
): Promise<TailOutput> {
  const parse = createLogParser(environment.settings.log.patterns.critical);
  const lines: string[] = [];
  const from = input.from ?? (await source.back(LOOK_BACK));
  const { next, unread = [] } = await source.read(
    from,
    (line) => {
      const event = parse(line);
      if (event === null) return;
      lines.push(event.raw.slice(0, LINE_LIMIT));
      if (lines.length > input.maxLines) lines.shift();
    },
    signal,
  );
  // What is shown is not all there is: said where people look, at every call for as long as it is so.
  const told = unread.map(({ reason }) => `(not read: ${reason})`);
  return { lines: withinLimit([...lines, ...told].map((line) => redact(line))), next };
}

/** The newest lines that fit. */
function withinLimit(lines: readonly string[]): string[] {
  let size = 0;
  const kept: string[] = [];
  for (const line of [...lines].reverse()) {
    size += Buffer.byteLength(line) + 1;
    if (size > ANSWER_LIMIT) break;
    kept.unshift(line);
  }
  return kept;
}
