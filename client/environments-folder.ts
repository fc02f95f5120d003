import type { Call } from './cli.js';

/** Folder of the environment files as given: `--environments`, READINESS_ENVIRONMENTS_DIR, or `environments` here. */
export function environmentsFolderOf(call: Call): string {
  return (
    call.options.text('environments') ??
    (call.cli.io.env['READINESS_ENVIRONMENTS_DIR']?.trim() || 'environments')
  );
}
