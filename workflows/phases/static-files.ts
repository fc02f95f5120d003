import { changing } from '../activities.js';
import { act, step, type Phase } from './context.js';

/** Phase 6 (seed §4): only when the start says so. */
export async function staticFiles(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('static-files');
  if (!run.plan.input.staticFiles) {
    run.leave('skipped', 'Static files: only environment variables change, so nothing is to be collected');
    return;
  }
  const result = await step(
    phase,
    {
      title: 'collects static files and asks for one',
      fallback: { ok: false, detail: 'skipped by a person' },
    },
    () =>
      changing.collectStatic.executeWithOptions({ summary: 'collectstatic, then 200 on a static file' }, [
        run.scope,
      ]),
  );
  run.observe({
    kind: 'static-files',
    id: 'static-files',
    at: run.now(),
    source: 'target',
    status: result.ok ? 'ok' : 'failed',
    reason: result.detail,
  });
  await act(phase);
  run.leave('done', `Static files: ${result.ok ? 'ok' : 'NOT ok'}, ${result.detail}`);
}
