import { WORKFLOW } from '../../workflows/messages.js';

/** The dev server puts its UI on port 8233 beside 7233; nothing can be known of any other one. */
export function deriveUi(address: string): string | null {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return port === '7233' && host !== undefined ? `http://${host}:8233` : null;
}

/** Addresses of pages in the Temporal UI; each is `null` when the UI's own address is not known. */
export class UiLinks {
  readonly #base: string | null;

  constructor(ui: string | null, namespace: string) {
    this.#base = ui === null ? null : `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  }

  /** The run's page, on the one tab that shows its current details. */
  run(workflowId: string, runId: string): string | null {
    return this.#page(`/${encodeURIComponent(workflowId)}/${encodeURIComponent(runId)}/user-metadata`);
  }

  /** The list of runs under the same filter that the command used. */
  list(query: string): string | null {
    return this.#page(`?query=${encodeURIComponent(query)}`);
  }

  /** The form that starts a run; the UI takes no input by link. */
  startForm(taskQueue: string): string | null {
    return this.#page(
      `/start-workflow?taskQueue=${encodeURIComponent(taskQueue)}&workflowType=${WORKFLOW.run}`,
    );
  }

  #page(rest: string): string | null {
    return this.#base === null ? null : `${this.#base}${rest}`;
  }
}
