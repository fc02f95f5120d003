import type { DriftObservation, Observation, RestartsObservation } from '../../procedure/observations.js';
import type { WatchStateInput } from '../contract.js';
import type { Target, TargetChanges } from '../targets/target.js';

const WINDOW_MS = 120_000;

/** What somebody else does to the target, and what ends there by itself, for methods that can tell. */
export class TargetWatch {
  #state: string | null;
  #changes: TargetChanges | null = null;

  /** Goes on from an earlier attempt's last heartbeat, when there was one. */
  constructor(
    private readonly input: Pick<WatchStateInput, 'observationId' | 'target' | 'reference'>,
    beat?: unknown,
  ) {
    const before = (beat as { readonly target?: unknown } | undefined)?.target;
    this.#state = typeof before === 'string' ? before : (input.target ?? null);
  }

  /** For the heartbeat and the next call. */
  get state(): string | null {
    return this.#state;
  }

  /** One look. What cannot be read now is compared the next time: nothing is lost by that. */
  async look(target: Target, signal: AbortSignal): Promise<void> {
    if (target.readChanges === undefined) return;
    try {
      const changes = await this.#changesOf(target.readChanges.bind(target), signal);
      if (signal.aborted) return;
      this.#changes = changes;
      // What was seen is told with this call's end; until then the former state stays what it is compared with.
      if (!this.changed) this.#state = changes.state;
    } catch {
      // The look at the processes tells when the target cannot be asked.
    }
  }

  /** At the first look also what others did while the run's own change was under way; the pods are new ones by then. */
  async #changesOf(read: NonNullable<Target['readChanges']>, signal: AbortSignal): Promise<TargetChanges> {
    const { reference = null } = this.input;
    if (this.#state !== null || reference === null) return read(this.#state, signal);
    return { ...(await read(reference, signal, 'own')), restarts: [], loops: [] };
  }

  get changed(): boolean {
    const { drift = [], restarts = [], loops = [] } = this.#changes ?? {};
    return drift.length + restarts.length + loops.length > 0;
  }

  /** What was seen, and from now on known. */
  observations(): readonly Observation[] {
    if (this.#changes === null || !this.changed) return [];
    const { state, drift, restarts, loops } = this.#changes;
    this.#state = state;
    const common = { at: new Date().toISOString(), source: 'target' } as const;
    const { observationId } = this.input;
    const drifted: DriftObservation = {
      ...{ kind: 'drift', id: `${observationId}-drift`, ...common },
      changes: drift,
    };
    const restarted: RestartsObservation = {
      ...{ kind: 'restarts', id: `${observationId}-containers`, ...common, windowMs: WINDOW_MS },
      ...{ count: restarts.length, loop: loops.length > 0 },
      reason: [...loops, ...restarts].join('; '),
    };
    return [
      ...(drift.length === 0 ? [] : [drifted]),
      ...(restarts.length + loops.length === 0 ? [] : [restarted]),
    ];
  }
}
