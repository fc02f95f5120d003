import { TASK_QUEUE } from '../workflows/messages.js';
import type { Call } from './cli.js';
import type { Check } from './render/checks.js';
import { preflight } from './runs/preflight.js';
import { explain } from './temporal/failures.js';
import { attributeState, registerByHand } from './temporal/search-attributes.js';
import type { Session } from './temporal/session.js';
import { livePollers } from './temporal/task-queue.js';
import { Interrupted } from './user-error.js';

/** Makes one check; whatever is thrown is a failed check in words, so that the other checks are made too. */
async function checked(
  session: Session,
  about: { readonly id: string; readonly title: string },
  make: () => Promise<Omit<Check, 'id' | 'title'>>,
): Promise<Check> {
  try {
    return { ...about, ...(await make()) };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    const { message, next } = explain(error, session.settings);
    return { ...about, status: 'failed', detail: message, advice: next };
  }
}

export function checkNamespace(session: Session): Promise<Check> {
  const { namespace } = session.settings;
  return checked(session, { id: 'namespace', title: 'Namespace' }, async () => {
    const answer = await session.client.withDeadline(Date.now() + 5000, () =>
      session.client.workflowService.describeNamespace({ namespace }),
    );
    const days = Number(answer.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    const kept =
      days > 0
        ? `, keeps closed runs for ${days >= 1 ? `${String(Math.round(days))} days` : 'less than a day'}`
        : '';
    return { status: 'ok', detail: `"${namespace}" is there${kept}`, advice: null };
  });
}

export function checkSearchAttributes(session: Session): Promise<Check> {
  return checked(session, { id: 'search-attributes', title: 'Search attributes' }, async () => {
    const state = await attributeState(session);
    if (state.wrongType.length > 0) {
      return {
        status: 'failed',
        detail: `${state.wrongType.join(', ')} registered with another type than Keyword`,
        advice: 'Remove or rename what uses these names: temporal operator search-attribute remove',
      };
    }
    if (state.missing.length === 0)
      return { status: 'ok', detail: `all ${String(state.registered.length)} are registered`, advice: null };
    return {
      status: 'failed',
      detail: `not registered: ${state.missing.join(', ')}`,
      advice: `${session.settings.command} init --search-attributes\nor: ${registerByHand(state.missing, session.settings)}`,
    };
  });
}

export function checkWorker(
  session: Session,
  of: { readonly taskQueue: string; readonly now: Date },
): Promise<Check> {
  return checked(session, { id: 'worker', title: 'Worker' }, async () => {
    const pollers = await livePollers(session, { ...of, kind: 'workflow' });
    const names = [...new Set(pollers.map((poller) => poller.identity))];
    if (names.length > 0)
      return {
        status: 'ok',
        detail: `${names.join(', ')} ${names.length === 1 ? 'takes' : 'take'} work from task queue "${of.taskQueue}"`,
        advice: null,
      };
    return {
      status: 'failed',
      detail: `nobody takes work from task queue "${of.taskQueue}"`,
      advice: `Start one on the machine that has the environment files: ${session.settings.command} worker${of.taskQueue === TASK_QUEUE ? '' : ` --task-queue ${of.taskQueue}`}`,
    };
  });
}

/** The UI is only needed for links, so a missing one is unknown, not failed. */
export async function checkUi(session: Session, taskQueue: string): Promise<Check> {
  const about = { id: 'ui', title: 'Temporal UI' };
  const { ui } = session.settings;
  if (ui === null)
    return {
      ...about,
      status: 'unknown',
      detail: 'its address is not known, so no links are printed',
      advice: 'Set READINESS_UI or give --ui http://…',
    };
  try {
    const answer = await fetch(ui, { signal: AbortSignal.timeout(2000), redirect: 'manual' });
    await answer.body?.cancel();
    return {
      ...about,
      status: 'ok',
      detail: `start a run there: ${session.links.startForm(taskQueue) ?? ui}`,
      advice: null,
    };
  } catch {
    return {
      ...about,
      status: 'unknown',
      detail: `${ui} does not answer from here`,
      advice: 'Links go there; give another address with READINESS_UI or --ui.',
    };
  }
}

/** The environment's own checks, made by a worker that can reach it. */
export async function checkEnvironment(
  call: Call,
  session: Session,
  of: { readonly environment: string; readonly worker: Check; readonly taskQueue: string },
): Promise<readonly Check[]> {
  const about = { id: 'environment', title: `Environment ${of.environment}` };
  if (of.worker.status !== 'ok') {
    return [{ ...about, status: 'unknown', detail: 'only a worker can check it', advice: of.worker.advice }];
  }
  let found: readonly Check[] = [];
  const file = await checked(session, about, async () => {
    const answer = await preflight(call, session, {
      input: { environment: of.environment },
      check: true,
      taskQueue: of.taskQueue,
    });
    if (!answer.ok) {
      return {
        status: 'failed',
        detail: answer.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'),
        advice: `Mend environments/${of.environment}.yaml on the worker's machine.`,
      };
    }
    found = answer.checks ?? [];
    const { plan } = answer;
    return {
      status: 'ok',
      detail: `${plan.kind}, method ${plan.method.letter}: ${plan.method.description}`,
      advice: null,
    };
  });
  return [file, ...found];
}
